// NuGet packages of the libraries, and a program outside the repository that uses them.
string[] libraries = ["sdk/Edge", "sdk/Edge.OnnxRuntime", "sdk/Edge.Hosting", "sdk/Edge.Devices", "quantization/Edge.Quantization"];

const string NuGetFolder = "artifacts/nuget";

void PackLibraries()
{
    EnsureDirectoryExists(NuGetFolder);
    CleanDirectory(NuGetFolder);
    foreach (string library in libraries)
    {
        Quietly($"Packing {System.IO.Path.GetFileName(library)}", "dotnet",
            $"pack {library} -c Release -o {NuGetFolder} -p:DeterministicTimestamp={SourceDate()} --nologo --verbosity quiet");
    }

    foreach (FilePath package in GetFiles($"{NuGetFolder}/*nupkg").OrderBy(file => file.FullPath))
    {
        Say($"  {FileSize(package.FullPath) / 1024,6} KiB  {package.GetFilename()}");
    }

    string[] absent = findings.Packages.Where(package => !package.Value).Select(package => package.Key).ToArray();
    if (absent.Length > 0)
    {
        Say($"Not for publication: packed without {string.Join(", ", absent)}, which are not to be had here, so that Edge.OnnxRuntime and Edge.Devices lack them.");
    }
}

// A program in a folder of its own gets the packages from a local feed, is compiled ahead of time without a warning, and hears the bundled recording.
void CheckLibraries()
{
    const string folder = "artifacts/consumer";
    PackLibraries();
    WriteConsumer(folder);
    Quietly("Publishing a program that uses Edge and Edge.Hosting", "dotnet", $"publish {folder}/Consumer.csproj -o {folder}/out --nologo --verbosity quiet");
    string program = $"{folder}/out/Consumer", model = "samples/models/wake-words.edge", recording = "samples/recordings/keywords.wav";
    (int code, string output) = findings.AotFramework == "none" ? Capture("dotnet", $"{program}.dll {model} {recording}") : Capture(program, $"{model} {recording}");
    string[] expected = JsonNode.Parse(System.IO.File.ReadAllText("samples/recordings/keywords.json")).AsArray().Select(word => word["label"].GetValue<string>()).ToArray();
    foreach (string way in new[] { "listener", "host" })
    {
        string[] heard = output.Split('\n').Where(line => line.StartsWith($"{way} ")).Select(line => line[(way.Length + 1)..].Trim()).ToArray();
        if (code != 0 || !heard.SequenceEqual(expected))
        {
            throw new CakeException($"{program} ended with code {code} and its {way} heard {string.Join(", ", heard)}; expected {string.Join(", ", expected)}.\n{output}");
        }
    }

    Say($"{program} ({(findings.AotFramework == "none" ? "portable" : $"NativeAOT, {FileSize(program) / 1024} KiB")}): heard all {expected.Length} words, by Listener and under the host");
}

void WriteConsumer(string folder)
{
    EnsureDirectoryExists(folder);
    CleanDirectory(folder);
    foreach (string file in new[] { "Directory.Build.props", "Directory.Packages.props" })
    {
        System.IO.File.WriteAllText($"{folder}/{file}", "<Project />"); // keeps those of the repository out
    }

    // The packages of this checkout have the version of any other, so that no cache may keep them; everything else comes from the user's.
    string cache = EnvironmentVariable("NUGET_PACKAGES") ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");
    System.IO.File.WriteAllText($"{folder}/nuget.config", $"""
        <configuration>
          <config><add key="globalPackagesFolder" value="packages" /></config>
          <packageSources><add key="checkout" value="../nuget" /></packageSources>
          <fallbackPackageFolders><add key="user" value="{cache}" /></fallbackPackageFolders>
        </configuration>
        """);
    string framework = findings.AotFramework == "none" ? "net10.0" : findings.AotFramework;
    System.IO.File.WriteAllText($"{folder}/Consumer.csproj", $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>{framework}</TargetFramework>
            <OutputType>Exe</OutputType>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <PublishAot>{(findings.AotFramework == "none" ? "false" : "true")}</PublishAot>
            <InvariantGlobalization>true</InvariantGlobalization>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <NuGetAudit>false</NuGetAudit>
            <CheckEolTargetFramework>false</CheckEolTargetFramework>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Edge" Version="{PackageVersion()}" />
            <PackageReference Include="Edge.Hosting" Version="{PackageVersion()}" />
          </ItemGroup>
        </Project>
        """);
    CopyFile("packaging/consumer/Program.cs", $"{folder}/Program.cs");
}
