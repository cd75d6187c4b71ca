namespace Edge.Native;

/// <summary>Why this thread's last refused call was refused.</summary>
internal static unsafe class LastError
{
    private static readonly PinnedText None = new("");

    [ThreadStatic]
    private static PinnedText? message;

    /// <summary>Text for edge_last_error; it lives until the thread's next fault.</summary>
    public static byte* Pointer => (message ?? None).Pointer;

    public static void Set(string text) => message = new PinnedText(text);
}
