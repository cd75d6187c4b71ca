namespace Edge.Targets;

/// <summary>How the programs of a board are published: properties, command lines, tools.</summary>
public sealed record PublishPlan
{
    private static readonly PublishedProgram Library = new("libedge", "sdk/Edge.Native", Assembly: null);

    private static readonly PublishedProgram[] Programs =
    [
        new("edge", "sdk/Edge.Cli", "Edge.Cli.dll"),
        new("edge-models", "sdk/Edge.Models", "edge-models.dll"),
        new("edge-serve", "sdk/Edge.Service", "edge-serve.dll"),
    ];

    private PublishPlan()
    {
    }

    /// <summary>The board's name.</summary>
    public required string Board { get; init; }

    /// <summary>.NET's name of the board's system and architecture.</summary>
    public required string RuntimeIdentifier { get; init; }

    /// <summary>Debian's name of the board's architecture.</summary>
    public required string PackageArchitecture { get; init; }

    /// <summary>The framework that is published.</summary>
    public required string Framework { get; init; }

    /// <summary>Whether the programs run on an installed .NET runtime, without NativeAOT.</summary>
    public required bool IsPortable { get; init; }

    /// <summary>Whether the machine that publishes is of another architecture, so that <see cref="Tools"/> are needed.</summary>
    public required bool IsCross { get; init; }

    /// <summary><see cref="PublishTarget.ProcessorFlags"/> of the programs; empty for a portable build.</summary>
    public required IReadOnlyList<string> ProcessorFlags { get; init; }

    /// <summary>The lamp that the packaged service lights; null for none.</summary>
    public required string? Led { get; init; }

    /// <summary>Folder that receives the programs.</summary>
    public required string Output { get; init; }

    /// <summary>Folder with the board's own libraries; null where those of <see cref="Tools"/> serve.</summary>
    public required string? SysRoot { get; init; }

    /// <summary>MSBuild properties in the order in which they are written; values as they are, not escaped.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Properties { get; init; }

    /// <summary>Debian packages that linking needs; empty where it needs none beyond those of this machine's own tool chain.</summary>
    public required IReadOnlyList<ToolPackage> Tools { get; init; }

    /// <summary>What the plan makes: programs, and where it is no portable build, the C library in a folder beside them.</summary>
    public IReadOnlyList<PublishedProgram> Products => IsPortable ? Programs : [.. Programs, Library];

    /// <summary>Decides how a board is published.</summary>
    /// <param name="board">The board.</param>
    /// <param name="options">What the board does not say; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The board is a microcontroller.</exception>
    public static PublishPlan For(Board board, PublishOptions? options = null)
    {
        options ??= new PublishOptions();
        PublishTarget target = board.Publish ?? throw new InvalidOperationException(Refusal(board));
        bool cross = !options.IsPortable && target.Architecture != options.HostArchitecture;
        string framework = options.IsPortable ? target.Framework : options.Framework ?? target.Framework;
        string? sysRoot = cross ? options.SysRoot ?? board.CrossTools.SysRoot : null;
        return new PublishPlan
        {
            Board = board.Name,
            RuntimeIdentifier = target.RuntimeIdentifier,
            PackageArchitecture = target.PackageArchitecture,
            Led = board.Led,
            Framework = framework,
            IsPortable = options.IsPortable,
            IsCross = cross,
            ProcessorFlags = options.IsPortable ? [] : target.ProcessorFlags,
            Output = options.Output ?? $"artifacts/{board.Name}",
            SysRoot = sysRoot,
            Properties = options.IsPortable ? PortableProperties() : NativeProperties(target, framework, cross ? board.CrossTools : null, sysRoot),
            Tools = cross ? board.CrossTools.Packages : [],
        };
    }

    /// <summary>The whole command line that publishes a product, to be run in the repository's root.</summary>
    public string CommandLine(PublishedProgram product)
    {
        IEnumerable<string> properties = Properties.Select(property => $"-p:{property.Key}={Escape(property.Value)}");
        string runtime = IsPortable ? "" : $" -r {RuntimeIdentifier}"; // the portable build is the same for all
        string output = product == Library ? $"{Output}/{Library.Name}" : Output;
        return $"dotnet publish {product.Project} -c Release{runtime} -o {output} {string.Join(' ', properties)} --nologo --verbosity quiet";
    }

    private static List<KeyValuePair<string, string>> PortableProperties() =>
    [
        new("EdgeAotFramework", "none"),
        new("SelfContained", "false"),
        new("UseAppHost", "false"), // its pack for another architecture is one more thing that may be absent
    ];

    /// <summary>Why nothing is published for a microcontroller.</summary>
    internal static string Refusal(Board board) =>
        $"{board.Name} is a microcontroller ({board.Processor.Name}, {board.Firmware!.RamKiB} KiB of RAM), on which no .NET program runs; expected a board with Linux.";

    private static List<KeyValuePair<string, string>> NativeProperties(PublishTarget target, string framework, CrossTools? tools, string? sysRoot)
    {
        var properties = new List<KeyValuePair<string, string>> { new("EdgeAotFramework", framework) };
        if (target.InstructionSet.Count > 0)
        {
            properties.Add(new("IlcInstructionSet", string.Join(',', target.InstructionSet.Select(name => InstructionSets.Written(name, framework)))));
        }

        properties.Add(new("StripSymbols", "true"));
        if (tools is not null)
        {
            properties.Add(new("CppCompilerAndLinker", tools.Linker));
            properties.Add(new("ObjCopyName", tools.ObjCopy));
        }

        if (sysRoot is not null)
        {
            properties.Add(new("SysRoot", Path.GetFullPath(sysRoot))); // the linker runs in the project's folder
        }

        return properties;
    }

    /// <summary>MSBuild takes a comma, and a semicolon, on its command line for the next property.</summary>
    private static string Escape(string value) => value.Replace("%", "%25", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal).Replace(";", "%3B", StringComparison.Ordinal);
}
