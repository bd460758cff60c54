/**
 * The field numbers of ONNX's messages that are read here, as onnx/onnx.proto3 has them: message first, then field.
 * Enumerations stand below the message that they belong to.
 */

export const MODEL_PRODUCER_NAME = 2;
export const MODEL_PRODUCER_VERSION = 3;
export const MODEL_GRAPH = 7;
export const MODEL_OPSET_IMPORT = 8;
export const MODEL_FUNCTIONS = 25;

export const OPSET_DOMAIN = 1;
export const OPSET_VERSION = 2;

export const GRAPH_NODE = 1;
export const GRAPH_INITIALIZER = 5;
export const GRAPH_INPUT = 11;
export const GRAPH_OUTPUT = 12;
export const GRAPH_SPARSE_INITIALIZER = 15;

export const NODE_INPUT = 1;
export const NODE_OUTPUT = 2;
export const NODE_NAME = 3;
export const NODE_OP_TYPE = 4;
export const NODE_ATTRIBUTE = 5;
export const NODE_DOMAIN = 7;
export const NODE_OVERLOAD = 8;

export const ATTRIBUTE_NAME = 1;
export const ATTRIBUTE_F = 2;
export const ATTRIBUTE_I = 3;
export const ATTRIBUTE_S = 4;
export const ATTRIBUTE_T = 5;
export const ATTRIBUTE_G = 6;
export const ATTRIBUTE_FLOATS = 7;
export const ATTRIBUTE_INTS = 8;
export const ATTRIBUTE_STRINGS = 9;
export const ATTRIBUTE_GRAPHS = 11;
export const ATTRIBUTE_TYPE = 20;
export const ATTRIBUTE_REF_NAME = 21;

/** AttributeProto.AttributeType. */
export const TYPE_FLOAT = 1;
export const TYPE_INT = 2;
export const TYPE_STRING = 3;
export const TYPE_FLOATS = 6;
export const TYPE_INTS = 7;
export const TYPE_STRINGS = 8;

export const FUNCTION_NAME = 1;
export const FUNCTION_INPUT = 4;
export const FUNCTION_OUTPUT = 5;
export const FUNCTION_ATTRIBUTE = 6;
export const FUNCTION_NODE = 7;
export const FUNCTION_OPSET_IMPORT = 9;
export const FUNCTION_DOMAIN = 10;
export const FUNCTION_ATTRIBUTE_PROTO = 11;
export const FUNCTION_OVERLOAD = 13;

export const TENSOR_DIMS = 1;
export const TENSOR_DATA_TYPE = 2;
export const TENSOR_FLOAT_DATA = 4;
export const TENSOR_INT32_DATA = 5;
export const TENSOR_STRING_DATA = 6;
export const TENSOR_INT64_DATA = 7;
export const TENSOR_NAME = 8;
export const TENSOR_RAW_DATA = 9;
export const TENSOR_DOUBLE_DATA = 10;
export const TENSOR_UINT64_DATA = 11;
export const TENSOR_EXTERNAL_DATA = 13;
export const TENSOR_DATA_LOCATION = 14;

/** TensorProto.DataLocation. */
export const LOCATION_EXTERNAL = 1;

/** StringStringEntryProto. */
export const ENTRY_KEY = 1;
export const ENTRY_VALUE = 2;

export const VALUE_NAME = 1;
export const VALUE_TYPE = 2;

/** TypeProto. */
export const TYPE_TENSOR = 1;
export const TYPE_SEQUENCE = 4;
export const TYPE_MAP = 5;
export const TYPE_SPARSE_TENSOR = 8;
export const TYPE_OPTIONAL = 9;

/** TypeProto.Tensor; TypeProto.Sequence and TypeProto.Optional have the type of their elements in the first field too. */
export const ELEM_TYPE = 1;
export const TENSOR_SHAPE = 2;

export const SHAPE_DIM = 1;
export const DIM_VALUE = 1;
export const DIM_PARAM = 2;
