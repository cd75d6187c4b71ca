using System.Runtime.InteropServices;

namespace Edge.OnnxRuntime.Interop;

/// <summary>An object of ONNX Runtime that is released once, after every call that uses it.</summary>
internal sealed unsafe class OrtHandle : SafeHandle
{
    private readonly delegate* unmanaged<nint, void> release;

    public OrtHandle(nint value, delegate* unmanaged<nint, void> release) : base(0, ownsHandle: true)
    {
        this.release = release;
        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The object, to be passed while the caller keeps the handle alive.</summary>
    public nint Value => IsClosed ? throw new ObjectDisposedException(nameof(OnnxSession)) : handle;

    protected override bool ReleaseHandle()
    {
        release(handle);
        return true;
    }
}
