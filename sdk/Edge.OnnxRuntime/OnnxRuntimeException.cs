namespace Edge.OnnxRuntime;

/// <summary>ONNX Runtime cannot be found or loaded, or one of its functions failed.</summary>
public sealed class OnnxRuntimeException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="function">The function of the C API that failed, or what was attempted.</param>
    /// <param name="code">The status it returned.</param>
    /// <param name="message">What ONNX Runtime said, or what to do.</param>
    public OnnxRuntimeException(string function, OnnxErrorCode code, string message)
        : base($"{function} ({code}): {message}")
    {
        Function = function;
        Code = code;
    }

    /// <summary>The function of the C API that failed, or what was attempted.</summary>
    public string Function { get; }

    /// <summary>The status it returned.</summary>
    public OnnxErrorCode Code { get; }
}

/// <summary>ONNX Runtime's status codes (OrtErrorCode), with <see cref="LibraryMissing"/> for failures before any call.</summary>
public enum OnnxErrorCode
{
    /// <summary>The native library was not found, could not be loaded, or is too old.</summary>
    LibraryMissing = -1,

    /// <summary>A failure of no special kind.</summary>
    Fail = 1,

    /// <summary>An argument was invalid.</summary>
    InvalidArgument = 2,

    /// <summary>The model file does not exist.</summary>
    NoSuchFile = 3,

    /// <summary>There is no model.</summary>
    NoModel = 4,

    /// <summary>The engine failed.</summary>
    EngineError = 5,

    /// <summary>An operator failed while the model ran.</summary>
    RuntimeException = 6,

    /// <summary>The file is no ONNX model, or damaged.</summary>
    InvalidProtobuf = 7,

    /// <summary>A model is loaded already.</summary>
    ModelLoaded = 8,

    /// <summary>An operator or a type has no implementation.</summary>
    NotImplemented = 9,

    /// <summary>The model's graph is inconsistent.</summary>
    InvalidGraph = 10,

    /// <summary>An execution provider failed, or does not serve the model.</summary>
    ProviderFailed = 11,
}
