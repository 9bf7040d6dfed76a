"""What TensorBoard's own loader finds in a folder of event files, as JSON: python read.py FOLDER."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.util import tensor_util

loaded = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0})
loaded.Reload()


def value(tag):
    return [tensor_util.make_ndarray(event.tensor_proto) for event in loaded.Tensors(tag)]


content = loaded.summary_metadata
start = metadata.parse_session_start_info_plugin_data(
    content[metadata.SESSION_START_INFO_TAG].plugin_data.content
)
end = metadata.parse_session_end_info_plugin_data(
    content[metadata.SESSION_END_INFO_TAG].plugin_data.content
)
plain = {name: getattr(one, one.WhichOneof("kind")) for name, one in start.hparams.items()}
(weights,) = value("weights")
json.dump(
    {
        "loss": [
            [event.step, event.wall_time, float(tensor_util.make_ndarray(event.tensor_proto))]
            for event in loaded.Tensors("loss")
        ],
        "weights": {"shape": list(weights.shape), "count": weights[:, 2].sum()},
        "notes": value("notes")[0].item().decode(),
        "hparams": plain,
        "status": type(end).DESCRIPTOR.fields_by_name["status"].enum_type.values_by_number[end.status].name,
    },
    sys.stdout,
)
