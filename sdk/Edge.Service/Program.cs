namespace Edge.Service;

/// <summary>`edge-serve`, the program that listens all day under a service manager.</summary>
internal static class Program
{
    private static int Main() => 0;
}
