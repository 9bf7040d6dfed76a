"""A trainer in Python and TensorFlow that does the same work as Edgewright's own, by the same files and messages."""
