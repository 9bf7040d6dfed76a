/**
 * Options of operators in schema.fbs, written as in `tables.ts`. Those without a field hold nothing but their type.
 * Source: `tensorflow/compiler/mlir/lite/schema/schema.fbs` of TensorFlow 2.21.
 */
export const OPTION_TABLES = `
StablehloGatherOptions offset_dims:[long] collapsed_slice_dims:[long] start_index_map:[long]
  index_vector_dim:long slice_sizes:[long] indices_are_sorted:bool;
StablehloTransposeOptions permutation:[long];
StablehloDotGeneralOptions lhs_batching_dimensions:[long] rhs_batching_dimensions:[long]
  lhs_contracting_dimensions:[long] rhs_contracting_dimensions:[long]
  precision_config:[StablehloPrecisionConfig];
StablehloReduceWindowOptions window_dimensions:[long] window_strides:[long] base_dilations:[long]
  window_dilations:[long] padding:[long] body_subgraph_index:int;
StablehloWhileOptions cond_subgraph_index:int body_subgraph_index:int;
StablehloSortOptions dimension:long is_stable:bool comparator_subgraph_index:int;
StablehloConcatenateOptions dimension:long;
StablehloBroadcastInDimOptions broadcast_dimensions:[long];
StablehloCompareOptions comparison_direction:StablehloComparisonDirection
  compare_type:StablehloComparisonType;
StablehloDynamicSliceOptions slice_sizes:[long];
StablehloPadOptions edge_padding_low:[long] edge_padding_high:[long] interior_padding:[long];
StablehloIotaOptions iota_dimension:long;
StablehloCustomCallOptions call_target_name:string has_side_effect:bool backend_config:string
  api_version:int called_computations:[int] custom_attributes:[ubyte];
StablehloReduceOptions dimensions:[long] body_subgraph_index:int;
StablehloSliceOptions start_indices:[long] limit_indices:[long] strides:[long];
StablehloConvolutionOptions window_strides:[long] padding:[long] lhs_dilation:[long] rhs_dilation:[long]
  window_reversal:[bool] input_batch_dimension:long input_feature_dimension:long
  input_spatial_dimensions:[long] kernel_input_feature_dimension:long kernel_output_feature_dimension:long
  kernel_spatial_dimensions:[long] output_batch_dimension:long output_feature_dimension:long
  output_spatial_dimensions:[long] feature_group_count:long batch_group_count:long
  precision_config:[StablehloPrecisionConfig];
StablehloScatterOptions indices_are_sorted:bool update_window_dims:[long] inserted_window_dims:[long]
  scatter_dims_to_operand_dims:[long] index_vector_dim:long unique_indices:bool
  update_computation_subgraph_index:int;
StablehloCaseOptions branch_subgraph_indices:[int];
StablehloRngBitGeneratorOptions algorithm:RngAlgorithm;
Conv2DOptions padding:Padding stride_w:int stride_h:int fused_activation_function:ActivationFunctionType
  dilation_w_factor:int=1 dilation_h_factor:int=1 quantized_bias_type:TensorType;
Conv3DOptions padding:Padding stride_d:int stride_w:int stride_h:int
  fused_activation_function:ActivationFunctionType dilation_d_factor:int=1 dilation_w_factor:int=1
  dilation_h_factor:int=1;
Pool2DOptions padding:Padding stride_w:int stride_h:int filter_width:int filter_height:int
  fused_activation_function:ActivationFunctionType;
DepthwiseConv2DOptions padding:Padding stride_w:int stride_h:int depth_multiplier:int
  fused_activation_function:ActivationFunctionType dilation_w_factor:int=1 dilation_h_factor:int=1;
ConcatEmbeddingsOptions num_channels:int num_columns_per_channel:[int] embedding_dim_per_channel:[int];
LSHProjectionOptions type:LSHProjectionType;
SVDFOptions rank:int fused_activation_function:ActivationFunctionType asymmetric_quantize_inputs:bool;
RNNOptions fused_activation_function:ActivationFunctionType asymmetric_quantize_inputs:bool;
SequenceRNNOptions time_major:bool fused_activation_function:ActivationFunctionType
  asymmetric_quantize_inputs:bool;
BidirectionalSequenceRNNOptions time_major:bool fused_activation_function:ActivationFunctionType
  merge_outputs:bool asymmetric_quantize_inputs:bool;
FullyConnectedOptions fused_activation_function:ActivationFunctionType
  weights_format:FullyConnectedOptionsWeightsFormat keep_num_dims:bool asymmetric_quantize_inputs:bool
  quantized_bias_type:TensorType;
SoftmaxOptions beta:float;
ConcatenationOptions axis:int fused_activation_function:ActivationFunctionType;
AddOptions fused_activation_function:ActivationFunctionType pot_scale_int16:bool=true;
MulOptions fused_activation_function:ActivationFunctionType;
L2NormOptions fused_activation_function:ActivationFunctionType;
LocalResponseNormalizationOptions radius:int bias:float alpha:float beta:float;
LSTMOptions fused_activation_function:ActivationFunctionType cell_clip:float proj_clip:float
  kernel_type:LSTMKernelType asymmetric_quantize_inputs:bool;
UnidirectionalSequenceLSTMOptions fused_activation_function:ActivationFunctionType cell_clip:float
  proj_clip:float time_major:bool asymmetric_quantize_inputs:bool diagonal_recurrent_tensors:bool;
BidirectionalSequenceLSTMOptions fused_activation_function:ActivationFunctionType cell_clip:float
  proj_clip:float merge_outputs:bool time_major:bool=true asymmetric_quantize_inputs:bool;
ResizeBilinearOptions deprecated0:int deprecated1:int align_corners:bool half_pixel_centers:bool;
ResizeNearestNeighborOptions align_corners:bool half_pixel_centers:bool;
CallOptions subgraph:uint;
PadOptions;
PadV2Options;
ReshapeOptions new_shape:[int];
SpaceToBatchNDOptions;
BatchToSpaceNDOptions;
SkipGramOptions ngram_size:int max_skip_size:int include_all_ngrams:bool;
SpaceToDepthOptions block_size:int;
DepthToSpaceOptions block_size:int;
SubOptions fused_activation_function:ActivationFunctionType pot_scale_int16:bool=true;
DivOptions fused_activation_function:ActivationFunctionType;
TopKV2Options;
EmbeddingLookupSparseOptions combiner:CombinerType;
GatherOptions axis:int batch_dims:int;
TransposeOptions;
ExpOptions;
CosOptions;
ReducerOptions keep_dims:bool;
SqueezeOptions squeeze_dims:[int];
SplitOptions num_splits:int;
SplitVOptions num_splits:int;
StridedSliceOptions begin_mask:int end_mask:int ellipsis_mask:int new_axis_mask:int shrink_axis_mask:int
  offset:bool;
LogSoftmaxOptions;
CastOptions in_data_type:TensorType out_data_type:TensorType;
DequantizeOptions;
MaximumMinimumOptions;
TileOptions;
ArgMaxOptions output_type:TensorType;
ArgMinOptions output_type:TensorType;
GreaterOptions;
GreaterEqualOptions;
LessOptions;
LessEqualOptions;
NegOptions;
SelectOptions;
SliceOptions;
TransposeConvOptions padding:Padding stride_w:int stride_h:int
  fused_activation_function:ActivationFunctionType quantized_bias_type:TensorType;
ExpandDimsOptions;
SparseToDenseOptions validate_indices:bool;
EqualOptions;
NotEqualOptions;
ShapeOptions out_type:TensorType;
RankOptions;
PowOptions;
FakeQuantOptions min:float max:float num_bits:int narrow_range:bool;
PackOptions values_count:int axis:int;
LogicalOrOptions;
OneHotOptions axis:int;
AbsOptions;
HardSwishOptions;
LogicalAndOptions;
LogicalNotOptions;
UnpackOptions num:int axis:int;
FloorDivOptions;
SquareOptions;
ZerosLikeOptions;
FillOptions;
FloorModOptions;
RangeOptions;
LeakyReluOptions alpha:float;
SquaredDifferenceOptions;
MirrorPadOptions mode:MirrorPadMode;
UniqueOptions idx_out_type:TensorType=INT32;
ReverseV2Options;
AddNOptions;
GatherNdOptions;
WhereOptions;
ReverseSequenceOptions seq_dim:int batch_dim:int;
MatrixDiagOptions;
QuantizeOptions;
MatrixSetDiagOptions;
IfOptions then_subgraph_index:int else_subgraph_index:int;
CallOnceOptions init_subgraph_index:int;
WhileOptions cond_subgraph_index:int body_subgraph_index:int;
NonMaxSuppressionV4Options;
NonMaxSuppressionV5Options;
ScatterNdOptions;
SelectV2Options;
DensifyOptions;
SegmentSumOptions;
BatchMatMulOptions adj_x:bool adj_y:bool asymmetric_quantize_inputs:bool;
CumsumOptions exclusive:bool reverse:bool;
BroadcastToOptions;
Rfft2dOptions;
HashtableOptions table_id:int key_dtype:TensorType value_dtype:TensorType;
HashtableFindOptions;
HashtableImportOptions;
HashtableSizeOptions;
VarHandleOptions container:string shared_name:string;
ReadVariableOptions;
AssignVariableOptions;
RandomOptions seed:long seed2:long;
BucketizeOptions boundaries:[float];
GeluOptions approximate:bool;
DynamicUpdateSliceOptions;
UnsortedSegmentProdOptions;
UnsortedSegmentMaxOptions;
UnsortedSegmentSumOptions;
ATan2Options;
UnsortedSegmentMinOptions;
SignOptions;
BitcastOptions;
BitwiseXorOptions;
RightShiftOptions;
DilateOptions;
ReduceWindowOptions reduce_function:ReduceWindowFunction;
StableHLOCompositeOptions name:string decomposition_subgraph_index:int composite_attributes:[ubyte]
  composite_attributes_format:CustomOptionsFormat version:int;
StablehloShiftLeftOptions;
`
