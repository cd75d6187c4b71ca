using System.Text;

namespace Edge.Native;

/// <summary>Text that C may hold a pointer to: UTF-8 that ends in 0 and does not move. It lives as long as this object is reachable.</summary>
internal sealed unsafe class PinnedText
{
    private readonly byte[] bytes;

    public PinnedText(string text)
    {
        bytes = GC.AllocateArray<byte>(Encoding.UTF8.GetByteCount(text) + 1, pinned: true);
        Encoding.UTF8.GetBytes(text, bytes);
    }

    /// <summary>The first byte.</summary>
    public byte* Pointer => (byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0);
}
