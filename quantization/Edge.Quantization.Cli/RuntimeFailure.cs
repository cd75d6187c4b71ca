using Edge.Cli;
using Edge.OnnxRuntime;

namespace Edge.Quantization.Cli;

/// <summary>What a command says when ONNX Runtime cannot do its part.</summary>
internal static class RuntimeFailure
{
    /// <summary>Reports a failure; returns the exit code: a model that it refuses is a bad input file.</summary>
    /// <param name="what">What was done, as in "quantizing runs the model in ONNX Runtime, and that failed".</param>
    /// <param name="error">The failure.</param>
    public static int Report(string what, OnnxRuntimeException error)
    {
        Console.Error.WriteLine($"edgec: {what}: {error.Message}");
        return error.Code is OnnxErrorCode.InvalidProtobuf or OnnxErrorCode.InvalidGraph or OnnxErrorCode.NotImplemented or OnnxErrorCode.NoModel
            ? ExitCode.BadInputFile
            : ExitCode.WorkFailed;
    }
}
