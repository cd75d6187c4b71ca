// What can be had on this machine, found out once a .NET SDK and kept in artifacts/probe.json.
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

sealed record Findings(string Sdk, string AotFramework, string AotReason, Dictionary<string, bool> Packages);

const string OnnxRuntimePackage = "Microsoft.ML.OnnxRuntime";

// Package and what is done without it.
Dictionary<string, string> optionalPackages = new()
{
    [OnnxRuntimePackage] = "ONNX Runtime comes from npm",
    ["Microsoft.ML.OnnxRuntime.Extensions"] = "models with custom operators do not load",
    ["System.Device.Gpio"] = "GPIO outputs are left out",
    ["Iot.Device.Bindings"] = "I2C outputs are left out",
    ["NAudio"] = "NAudio capture is left out",
};

Findings findings = null;

void Probe(bool force)
{
    string sdk = Capture("dotnet", "--version").Output.Trim();
    const string cache = "artifacts/probe.json";
    findings = FileExists(cache) && !force ? JsonSerializer.Deserialize<Findings>(System.IO.File.ReadAllText(cache)) : null;
    bool known = findings?.Sdk == sdk && findings.Packages.Keys.SequenceEqual(optionalPackages.Keys);
    if (!known || !FileExists("artifacts/optional-packages.props"))
    {
        (string framework, string reason, bool reached) = ProbeCompiler();
        (Dictionary<string, bool> packages, bool packagesReached) = ProbePackages();
        findings = new Findings(sdk, framework, reason, packages);
        WriteProperties();
        if (reached && packagesReached)
        {
            System.IO.File.WriteAllText(cache, JsonSerializer.Serialize(findings)); // what an absent network hides is asked again
        }
    }

    Say($"NativeAOT: {findings.AotFramework}{findings.AotReason}");
    foreach ((string package, bool present) in findings.Packages)
    {
        Say(present ? $"{package}: restores" : $"{package}: not to be had here; {optionalPackages[package]}");
    }
}

// The newest framework whose NativeAOT compiler restores.
(string Framework, string Reason, bool Reached) ProbeCompiler()
{
    string reason = "";
    bool reached = true;
    foreach (string framework in new[] { "net10.0", "net9.0" })
    {
        (int exitCode, string output) = RestoreCompiler("compiler", framework, HostRuntime());
        if (exitCode == 0)
        {
            return (framework, reason, reached);
        }

        reached &= !output.Contains("NU1301");
        reason += $"{(reason == "" ? " (" : ", ")}{framework}'s compiler pack does not restore: {ErrorCode(output)})".Replace("),", ",");
    }

    return ("none", reason, reached);
}

(int ExitCode, string Output) RestoreCompiler(string name, string framework, string runtime) => RestoreProbe(name, $"""
    <TargetFramework>{framework}</TargetFramework>
    <PublishAot>true</PublishAot>
    <RuntimeIdentifier>{runtime}</RuntimeIdentifier>
    """, "");

string ErrorCode(string output) => Regex.Match(output, @"error (\w+)") is { Success: true } match ? match.Groups[1].Value : "no error code";

// One restore asks for all; the assets file lists those that were found, even where others were not.
(Dictionary<string, bool> Packages, bool Reached) ProbePackages()
{
    Dictionary<string, string> versions = XDocument.Load("Directory.Packages.props").Descendants("PackageVersion")
        .ToDictionary(item => item.Attribute("Include").Value, item => item.Attribute("Version").Value);
    IEnumerable<string> references = optionalPackages.Keys.Select(name =>
        $"""<PackageReference Include="{name}" Version="{versions.GetValueOrDefault(name, "*")}" />""");
    (_, string output) = RestoreProbe("packages", "<TargetFramework>net10.0</TargetFramework>", string.Join('\n', references));
    const string assets = "artifacts/probe/packages/obj/project.assets.json";
    string found = FileExists(assets) ? System.IO.File.ReadAllText(assets) : "";
    return (optionalPackages.Keys.ToDictionary(name => name, name => found.Contains($"\"{name}/")), !output.Contains("NU1301"));
}

(int ExitCode, string Output) RestoreProbe(string name, string properties, string references)
{
    string folder = $"artifacts/probe/{name}";
    EnsureDirectoryExists(folder);
    CleanDirectory(folder);
    foreach (string file in new[] { "Directory.Build.props", "Directory.Packages.props" })
    {
        System.IO.File.WriteAllText($"{folder}/{file}", "<Project />"); // keeps those of the repository out
    }

    System.IO.File.WriteAllText($"{folder}/{name}.csproj", $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            {properties}
            <OutputType>Exe</OutputType>
            <NuGetAudit>false</NuGetAudit>
            <CheckEolTargetFramework>false</CheckEolTargetFramework>
          </PropertyGroup>
          <ItemGroup>{references}</ItemGroup>
        </Project>
        """);
    return Capture("dotnet", $"restore {folder}/{name}.csproj --verbosity quiet");
}

// MSBuild's view of the findings: EdgeAotFramework, EdgeHasOnnxRuntimePackage and its like.
void WriteProperties()
{
    IEnumerable<XElement> has = findings.Packages.Select(pair =>
        new XElement($"EdgeHas{pair.Key.Replace("Microsoft.ML.", "").Replace(".", "")}Package", pair.Value ? "true" : "false"));
    new XElement("Project", new XElement("PropertyGroup", new XElement("EdgeAotFramework", findings.AotFramework), has))
        .Save("artifacts/optional-packages.props");
}
