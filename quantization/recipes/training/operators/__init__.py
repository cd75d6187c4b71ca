"""The engine's operators in PyTorch: the integers of ARITHMETIC.md forward, real-valued operators backward."""

from .attention import BatchMatMul, Softmax
from .elementwise import Difference, Multiply, Rescaling, Sum, Table
from .layers import Convolution, DepthwiseConvolution, FullyConnected, Layer
from .memory import History, LeakyIntegrateAndFire, LegendreMemory, Memory, RunningMean, SoftmaxPool
from .moves import Concatenate, Pad, Reshape, Slice, Transpose
from .normalization import InstanceNorm, LayerNorm, Normalization
from .operator import Operator, constant
from .reductions import AveragePool, MaxPool, Mean
from .stream import Stream

KINDS: dict[str, type[Operator]] = {
    "convolution": Convolution, "depthwise-convolution": DepthwiseConvolution, "fully-connected": FullyConnected,
    "add": Sum, "subtract": Difference, "multiply": Multiply, "requantize": Rescaling, "table": Table,
    "average-pool": AveragePool, "max-pool": MaxPool, "mean": Mean,
    "batch-matmul": BatchMatMul, "layer-norm": LayerNorm, "instance-norm": InstanceNorm, "softmax": Softmax,
    "slice": Slice, "pad": Pad, "concatenate": Concatenate, "reshape": Reshape, "transpose": Transpose,
    "history": History, "running-mean": RunningMean, "softmax-pool": SoftmaxPool, "legendre-memory": LegendreMemory,
    "leaky-integrate-and-fire": LeakyIntegrateAndFire,
}

__all__ = ["KINDS", "History", "Layer", "Memory", "Normalization", "Softmax", "Stream", "Table", "constant"]
