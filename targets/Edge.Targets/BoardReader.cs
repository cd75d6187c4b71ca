using System.Text.Json;
using System.Text.RegularExpressions;
using Edge.Cli;
using Edge.Inference;

namespace Edge.Targets;

/// <summary>Reads a board's file; every field is checked, and all faults are reported at once with file and field.</summary>
internal static partial class BoardReader
{
    private const int MaxEntries = 32;
    private const string NoText = "\0"; // stands for a value that is missing or no string, which is a fault already
    private static readonly string[] Providers = ["cpu", "cuda", "tensorrt", "webgpu", "coreml", "xnnpack"];
    private static readonly string[] Frameworks = ["net10.0", "net9.0"];

    /// <summary>Debian's architecture of each runtime identifier.</summary>
    private static readonly Dictionary<string, string> Architectures = new()
    {
        ["linux-x64"] = "amd64",
        ["linux-arm64"] = "arm64",
        ["linux-arm"] = "armhf",
    };

    /// <summary>Reads a board.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="fileName">Its name; the board's name is it without .json.</param>
    /// <param name="faults">Receives a sentence for everything that is wrong.</param>
    /// <returns>The board; not to be used where there are faults.</returns>
    public static Board? Read(ReadOnlyMemory<byte> json, string fileName, List<string> faults)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(new PlanSection(document.RootElement, fileName, faults), Path.GetFileNameWithoutExtension(fileName));
        }
        catch (JsonException e)
        {
            faults.Add($"{fileName} is not JSON: {e.Message}");
            return null;
        }
    }

    private static Board Read(PlanSection file, string expectedName)
    {
        Known(file, "name", "title", "processor", "memoryMiB", "publish", "firmware", "providers", "led", "crossTools", "rate");
        bool isMicrocontroller = file.Has("firmware");
        if (file.Has("publish") == isMicrocontroller)
        {
            file.Fault("publish", $"and firmware are {(isMicrocontroller ? "both given" : "both missing")}; expected one of them");
        }

        if (isMicrocontroller && file.Has("memoryMiB"))
        {
            file.Fault("memoryMiB", "is given beside firmware; expected only firmware.ramKiB");
        }

        string name = Text(file, "name", BoardName(), "lower-case letters, digits and hyphens");
        if (name != expectedName && file.Has("name"))
        {
            file.Fault("name", $"is '{name}'; expected the file's name, '{expectedName}'");
        }

        return new Board
        {
            Name = name,
            Title = Text(file, "title", AnyText(), "1 to 300 characters"),
            Processor = Processor(Required(file, "processor")),
            MemoryMiB = isMicrocontroller ? null : file.Int32("memoryMiB", 16, 1 << 20),
            Publish = file.Section("publish") is { } publish ? Publish(publish) : null,
            Firmware = file.Section("firmware") is { } firmware ? Firmware(firmware) : null,
            Providers = isMicrocontroller && !file.Has("providers") ? [] : ProvidersOf(file),
            Led = file.Has("led") ? Text(file, "led", LedName(), "a folder's name in /sys/class/leds") : null,
            CrossTools = CrossTools(Required(file, "crossTools")),
            Rate = Rate(Required(file, "rate")),
        };
    }

    private static Processor Processor(PlanSection section)
    {
        Known(section, "name", "cores", "clockMHz");
        return new Processor(Text(section, "name", AnyText(), "1 to 300 characters"), section.Int32("cores", 1, 256), section.Int32("clockMHz", 1, 10_000));
    }

    private static PublishTarget Publish(PlanSection section)
    {
        Known(section, "runtimeIdentifier", "framework", "instructionSet", "packageArchitecture");
        string runtime = Choice(section, "runtimeIdentifier", [.. Architectures.Keys]);
        string architecture = Choice(section, "packageArchitecture", [.. Architectures.Values]);
        if (Architectures.TryGetValue(runtime, out string? expected) && Architectures.ContainsValue(architecture) && architecture != expected)
        {
            section.Fault("packageArchitecture", $"is '{architecture}'; expected '{expected}', as Debian calls {runtime}");
        }

        var target = new PublishTarget(runtime, Choice(section, "framework", Frameworks), Strings(section, "instructionSet"), architecture);
        string[] known = InstructionSets.For(target.Architecture);
        foreach (string name in target.InstructionSet.Where(name => Architectures.ContainsKey(runtime) && !known.Contains(name)))
        {
            section.Fault("instructionSet", known.Length == 0
                ? $"holds '{name}'; expected an empty array, as {runtime} has no levels"
                : $"holds '{name}'.{Suggestion.For(name, known)} Expected are some of {string.Join(", ", known)}");
        }

        return target;
    }

    private static FirmwareTarget Firmware(PlanSection section)
    {
        Known(section, "flashKiB", "ramKiB", "compilerFlags", "emulator");
        string[] flags = Strings(section, "compilerFlags");
        if (!Array.Exists(flags, flag => flag.StartsWith("-mcpu=", StringComparison.Ordinal)) || Array.Exists(flags, flag => !CompilerFlag().IsMatch(flag)))
        {
            section.Fault("compilerFlags", $"is [{string.Join(", ", flags)}]; expected flags such as -mthumb, -mcpu= among them");
        }

        PlanSection emulator = Required(section, "emulator");
        Known(emulator, "program", "machine");
        return new FirmwareTarget(
            section.Int32("flashKiB", 16, 1 << 20),
            section.Int32("ramKiB", 4, 1 << 20),
            flags,
            new Emulator(Text(emulator, "program", ProgramName(), "a program's name"), Text(emulator, "machine", ProgramName(), "a machine's name")));
    }

    private static CrossTools CrossTools(PlanSection section)
    {
        Known(section, "triplet", "linker", "objcopy", "sysroot", "packages");
        var packages = new List<ToolPackage>();
        foreach (PlanSection package in section.Sections("packages", MaxEntries))
        {
            Known(package, "name", "gives");
            packages.Add(new ToolPackage(
                Text(package, "name", PackageName(), "a Debian package's name"),
                Text(package, "gives", ProgramOrPath(), "a program's name or an absolute path")));
        }

        return new CrossTools(
            Text(section, "triplet", PackageName(), "a triplet such as aarch64-linux-gnu"),
            Text(section, "linker", ProgramName(), "a program's name"),
            Text(section, "objcopy", ProgramName(), "a program's name"),
            section.Has("sysroot") ? Text(section, "sysroot", FolderPath(), "a folder's path without spaces") : null,
            packages);
    }

    private static ProcessingRate Rate(PlanSection section)
    {
        Known(section, "macsPerSecond", "kind", "source");
        string kind = Choice(section, "kind", Array.ConvertAll(Enum.GetNames<RateKind>(), name => name.ToLowerInvariant()));
        _ = Enum.TryParse(kind, ignoreCase: true, out RateKind parsed);
        return new ProcessingRate(section.Number("macsPerSecond", 1e5, 1e14), parsed, Text(section, "source", AnyText(), "1 to 300 characters"));
    }

    private static string[] ProvidersOf(PlanSection file)
    {
        string[] providers = Strings(file, "providers");
        foreach (string name in providers.Where(name => !Providers.Contains(name)))
        {
            file.Fault("providers", $"holds '{name}'; expected some of {string.Join(", ", Providers)}");
        }

        return providers;
    }

    private static void Known(PlanSection section, params string[] names)
    {
        foreach (string stranger in section.Names.Except(names))
        {
            section.Fault(stranger, $"is unknown.{Suggestion.For(stranger, names)} Expected are {string.Join(", ", names)}");
        }

        foreach (IGrouping<string, string> twice in section.Names.GroupBy(name => name).Where(group => group.Count() > 1))
        {
            section.Fault(twice.Key, $"is given {twice.Count()} times; expected once");
        }
    }

    private static PlanSection Required(PlanSection section, string name)
    {
        if (section.Section(name) is { } found)
        {
            return found;
        }

        section.Fault(name, "is missing; expected an object");
        return new PlanSection(default, name, []); // its own faults would say the same again
    }

    private static string Choice(PlanSection section, string name, IReadOnlyCollection<string> allowed)
    {
        string text = section.String(name, section.Has(name) ? NoText : null);
        if (text != NoText && section.Has(name) && !allowed.Contains(text))
        {
            section.Fault(name, $"is '{text}'.{Suggestion.For(text, allowed)} Expected is one of {string.Join(", ", allowed)}");
        }

        return text;
    }

    private static string Text(PlanSection section, string name, Regex allowed, string expected)
    {
        string text = section.String(name, NoText);
        if (!section.Has(name))
        {
            section.Fault(name, $"is missing; expected {expected}");
        }
        else if (text != NoText && !allowed.IsMatch(text))
        {
            section.Fault(name, $"is '{text}'; expected {expected}");
        }

        return text;
    }

    private static string[] Strings(PlanSection section, string name)
    {
        string[] texts = section.Strings(name);
        if (!section.Has(name) || texts.Length > MaxEntries || Array.Exists(texts, string.IsNullOrWhiteSpace))
        {
            section.Fault(name, $"{(section.Has(name) ? $"has {texts.Length} entries or empty ones" : "is missing")}; expected an array of at most {MaxEntries} words");
        }

        return texts;
    }

    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex BoardName();

    [GeneratedRegex(@"^[^\p{Cc}]{1,300}\z")]
    private static partial Regex AnyText();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9._+-]{0,99}\z")]
    private static partial Regex ProgramName();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.+_-]{0,99}\z")]
    private static partial Regex PackageName();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9:._-]{0,99}\z")]
    private static partial Regex LedName();

    [GeneratedRegex(@"^(/[a-zA-Z0-9._+-]+)*/?[a-zA-Z0-9._+-]{1,100}\z")]
    private static partial Regex ProgramOrPath();

    [GeneratedRegex(@"^/?[a-zA-Z0-9._+-]+(/[a-zA-Z0-9._+-]+)*\z")]
    private static partial Regex FolderPath();

    [GeneratedRegex(@"^-[a-zA-Z0-9._+=-]{1,99}\z")]
    private static partial Regex CompilerFlag();
}
