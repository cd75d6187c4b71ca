using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Edge.OnnxRuntime.Interop;

/// <summary>
/// The functions of ONNX Runtime's C API that are used here. OrtApi is a table of function pointers that only ever grows at its end,
/// so each is known by its index, counted from onnxruntime_c_api.h.
/// </summary>
/// <remarks>Objects are passed as <see cref="nint"/>; those that the caller owns are kept in an <see cref="OrtHandle"/>.</remarks>
internal sealed unsafe class OrtApi(nint* table, int version)
{
    /// <summary>Oldest version with every function below and with <c>session.disable_cpu_ep_fallback</c>.</summary>
    public const int MinVersion = 16;

    /// <summary>Version that added the last functions below, which tell where nodes run.</summary>
    public const int AssignmentVersion = 24;

    public bool HasAssignment => version >= AssignmentVersion;

    public delegate* unmanaged<nint, int> GetErrorCode => (delegate* unmanaged<nint, int>)table[1];
    public delegate* unmanaged<nint, byte*> GetErrorMessage => (delegate* unmanaged<nint, byte*>)table[2];
    public delegate* unmanaged<delegate* unmanaged<nint, int, byte*, byte*, byte*, byte*, void>, nint, int, byte*, out nint, nint>
        CreateEnvWithCustomLogger =>
        (delegate* unmanaged<delegate* unmanaged<nint, int, byte*, byte*, byte*, byte*, void>, nint, int, byte*, out nint, nint>)table[4];
    public delegate* unmanaged<nint, nint> DisableTelemetryEvents => (delegate* unmanaged<nint, nint>)table[6];
    public delegate* unmanaged<nint, void*, nint, out nint, nint> CreateSession =>
        (delegate* unmanaged<nint, void*, nint, out nint, nint>)table[7];
    public delegate* unmanaged<nint, void*, nuint, nint, out nint, nint> CreateSessionFromArray =>
        (delegate* unmanaged<nint, void*, nuint, nint, out nint, nint>)table[8];
    public delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint> Run =>
        (delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)table[9];
    public delegate* unmanaged<out nint, nint> CreateSessionOptions => (delegate* unmanaged<out nint, nint>)table[10];
    public delegate* unmanaged<nint, nint> DisableMemPattern => (delegate* unmanaged<nint, nint>)table[17];
    public delegate* unmanaged<nint, nint> DisableCpuMemArena => (delegate* unmanaged<nint, nint>)table[19];
    public delegate* unmanaged<nint, int, nint> SetSessionGraphOptimizationLevel => (delegate* unmanaged<nint, int, nint>)table[23];
    public delegate* unmanaged<nint, int, nint> SetIntraOpNumThreads => (delegate* unmanaged<nint, int, nint>)table[24];
    public delegate* unmanaged<nint, int, nint> SetInterOpNumThreads => (delegate* unmanaged<nint, int, nint>)table[25];
    public delegate* unmanaged<nint, out nuint, nint> SessionGetInputCount => (delegate* unmanaged<nint, out nuint, nint>)table[30];
    public delegate* unmanaged<nint, out nuint, nint> SessionGetOutputCount => (delegate* unmanaged<nint, out nuint, nint>)table[31];
    public delegate* unmanaged<nint, nuint, out nint, nint> SessionGetInputTypeInfo =>
        (delegate* unmanaged<nint, nuint, out nint, nint>)table[33];
    public delegate* unmanaged<nint, nuint, out nint, nint> SessionGetOutputTypeInfo =>
        (delegate* unmanaged<nint, nuint, out nint, nint>)table[34];
    public delegate* unmanaged<nint, nuint, nint, out byte*, nint> SessionGetInputName =>
        (delegate* unmanaged<nint, nuint, nint, out byte*, nint>)table[36];
    public delegate* unmanaged<nint, nuint, nint, out byte*, nint> SessionGetOutputName =>
        (delegate* unmanaged<nint, nuint, nint, out byte*, nint>)table[37];
    public delegate* unmanaged<nint, void*, nuint, long*, nuint, int, out nint, nint> CreateTensorWithDataAsOrtValue =>
        (delegate* unmanaged<nint, void*, nuint, long*, nuint, int, out nint, nint>)table[49];
    public delegate* unmanaged<nint, out int, nint> IsTensor => (delegate* unmanaged<nint, out int, nint>)table[50];
    public delegate* unmanaged<nint, out void*, nint> GetTensorMutableData => (delegate* unmanaged<nint, out void*, nint>)table[51];
    public delegate* unmanaged<nint, out nint, nint> CastTypeInfoToTensorInfo => (delegate* unmanaged<nint, out nint, nint>)table[55];
    public delegate* unmanaged<nint, out int, nint> GetTensorElementType => (delegate* unmanaged<nint, out int, nint>)table[60];
    public delegate* unmanaged<nint, out nuint, nint> GetDimensionsCount => (delegate* unmanaged<nint, out nuint, nint>)table[61];
    public delegate* unmanaged<nint, long*, nuint, nint> GetDimensions => (delegate* unmanaged<nint, long*, nuint, nint>)table[62];
    public delegate* unmanaged<nint, byte**, nuint, nint> GetSymbolicDimensions => (delegate* unmanaged<nint, byte**, nuint, nint>)table[63];
    public delegate* unmanaged<nint, out nuint, nint> GetTensorShapeElementCount => (delegate* unmanaged<nint, out nuint, nint>)table[64];
    public delegate* unmanaged<nint, out nint, nint> GetTensorTypeAndShape => (delegate* unmanaged<nint, out nint, nint>)table[65];
    public delegate* unmanaged<int, int, out nint, nint> CreateCpuMemoryInfo => (delegate* unmanaged<int, int, out nint, nint>)table[69];
    public delegate* unmanaged<nint, void*, nint> AllocatorFree => (delegate* unmanaged<nint, void*, nint>)table[76];
    public delegate* unmanaged<out nint, nint> GetAllocatorWithDefaultOptions => (delegate* unmanaged<out nint, nint>)table[78];
    public delegate* unmanaged<nint, void> ReleaseStatus => Release(93);
    public delegate* unmanaged<nint, void> ReleaseMemoryInfo => Release(94);
    public delegate* unmanaged<nint, void> ReleaseSession => Release(95);
    public delegate* unmanaged<nint, void> ReleaseValue => Release(96);
    public delegate* unmanaged<nint, void> ReleaseTypeInfo => Release(98);
    public delegate* unmanaged<nint, void> ReleaseTensorTypeAndShapeInfo => Release(99);
    public delegate* unmanaged<nint, void> ReleaseSessionOptions => Release(100);
    public delegate* unmanaged<out byte**, out int, nint> GetAvailableProviders => (delegate* unmanaged<out byte**, out int, nint>)table[125];
    public delegate* unmanaged<byte**, int, nint> ReleaseAvailableProviders => (delegate* unmanaged<byte**, int, nint>)table[126];
    public delegate* unmanaged<nint, byte*, byte*, nint> AddSessionConfigEntry => (delegate* unmanaged<nint, byte*, byte*, nint>)table[130];
    public delegate* unmanaged<nint, nint, nint> AppendTensorRt => (delegate* unmanaged<nint, nint, nint>)table[170];
    public delegate* unmanaged<out nint, nint> CreateTensorRtOptions => (delegate* unmanaged<out nint, nint>)table[171];
    public delegate* unmanaged<nint, void> ReleaseTensorRtOptions => Release(174);
    public delegate* unmanaged<nint, nint, nint> AppendCuda => (delegate* unmanaged<nint, nint, nint>)table[204];
    public delegate* unmanaged<out nint, nint> CreateCudaOptions => (delegate* unmanaged<out nint, nint>)table[205];
    public delegate* unmanaged<nint, void> ReleaseCudaOptions => Release(208);
    public delegate* unmanaged<nint, byte*, byte**, byte**, nuint, nint> AppendProvider =>
        (delegate* unmanaged<nint, byte*, byte**, byte**, nuint, nint>)table[216];
    public delegate* unmanaged<nint, out nint*, out nuint, nint> SessionGetEpGraphAssignmentInfo =>
        (delegate* unmanaged<nint, out nint*, out nuint, nint>)table[407];
    public delegate* unmanaged<nint, out byte*, nint> EpAssignedSubgraphGetEpName => (delegate* unmanaged<nint, out byte*, nint>)table[408];
    public delegate* unmanaged<nint, out nint*, out nuint, nint> EpAssignedSubgraphGetNodes =>
        (delegate* unmanaged<nint, out nint*, out nuint, nint>)table[409];

    /// <summary>Throws where a call returned a status, and releases it.</summary>
    /// <param name="status">What the call returned; 0 is success.</param>
    /// <param name="function">The function called.</param>
    /// <exception cref="OnnxRuntimeException">The call failed.</exception>
    public void Check(nint status, string function)
    {
        if (status == 0)
        {
            return;
        }

        var code = (OnnxErrorCode)GetErrorCode(status);
        string message = Text(GetErrorMessage(status)).Trim();
        ReleaseStatus(status);
        throw new OnnxRuntimeException(function, code, message);
    }

    /// <summary>A string of the library, which stays the library's.</summary>
    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private delegate* unmanaged<nint, void> Release(int index) => (delegate* unmanaged<nint, void>)table[index];
}
