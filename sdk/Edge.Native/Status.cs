using Edge.Inference;

namespace Edge.Native;

/// <summary>What functions of the library return; edge.h says what each number means.</summary>
internal static class Status
{
    public const int NoEvent = -1;
    public const int Ok = 0;
    public const int WorkFailed = 1;
    public const int WrongUsage = 2;
    public const int BadInputFile = 3;

    /// <summary>Keeps what an exception says for edge_last_error and gives the number to return in its place: no exception crosses into C.</summary>
    public static int Of(Exception fault)
    {
        LastError.Set(fault.Message);
        return fault switch
        {
            ArgumentException => WrongUsage,
            ModelFormatException or InvalidDataException or IOException or UnauthorizedAccessException => BadInputFile,
            _ => WorkFailed,
        };
    }
}
