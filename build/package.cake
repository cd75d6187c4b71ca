// A board's package: what `publish` made, with models, unit, configuration and manual, as .deb and as .tar.gz.
// Byte for byte the same for the same sources, wherever and whenever it is made.
using System.Globalization;

sealed record Packages(string Deb, string Tarball);

string[] programs = ["edge", "edge-models", "edge-serve"];

const string PackagedLibrary = "usr/lib/edge/libedge.so", PackagedHeader = "usr/include/edge/edge.h";
const int LargestPackagedModelBytes = 200_000;
const UnixFileMode Executable = (UnixFileMode)0b111_101_101, Plain = (UnixFileMode)0b110_100_100;

Packages Package(Published published)
{
    if (!RequireSystem("Packages", ("dpkg", () => OnPath("dpkg-deb")), ("binutils", () => published.Portable || OnPath("readelf")), ("xz-utils", () => OnPath("xz"))))
    {
        throw new CakeException("Nothing was packaged: the tools above are missing.");
    }

    string output = $"artifacts/packages/{published.Board}", tree = $"{output}/tree";
    EnsureDirectoryExists(output);
    CleanDirectory(output);
    StagePrograms(published, $"{tree}/usr/lib/edge");
    StageLibrary(published, tree);
    StageData(tree);
    if (published.Led is not null)
    {
        LightLed(published.Led, $"{tree}/etc/edge/edge.json");
    }

    if (published.Portable)
    {
        Put("packaging/portable/edge.service.conf", $"{tree}/usr/lib/systemd/system/edge.service.d/portable.conf");
    }

    var clock = Stopwatch.StartNew();
    SetTimes(tree);
    string tarball = WriteTarball(published, tree, output);
    string deb = WriteDeb(published, tree, output);
    DeleteDirectory(tree, new DeleteDirectorySettings { Recursive = true, Force = true });
    Say($"{deb} ({FileSize(deb) / 1024} KiB), {tarball} ({FileSize(tarball) / 1024} KiB): done in {clock.Elapsed.TotalSeconds:F0} s");
    return new Packages(deb, tarball);
}

// The programs; of a portable build their assemblies too, which the programs start.
void StagePrograms(Published published, string folder)
{
    string[] missing = programs.Where(program => !FileExists($"{published.Folder}/{program}")).ToArray();
    if (missing.Length > 0)
    {
        throw new CakeException($"{published.Folder} has no {string.Join(", no ", missing)}; a package holds {string.Join(", ", programs)}.");
    }

    foreach (string file in System.IO.Directory.GetFiles(published.Folder))
    {
        string name = System.IO.Path.GetFileName(file);
        if (programs.Contains(name) || (published.Portable && (name.EndsWith(".dll") || name.EndsWith(".runtimeconfig.json") || name.EndsWith(".deps.json"))))
        {
            Put(file, $"{folder}/{name}", programs.Contains(name) ? Executable : Plain);
        }
    }
}

// The C library and its header, for those who compile on the board; a portable build has none.
void StageLibrary(Published published, string tree)
{
    if (!published.Portable)
    {
        Put($"{published.Folder}/libedge/libedge.so", $"{tree}/{PackagedLibrary}");
        Put($"{published.Folder}/libedge/edge.h", $"{tree}/{PackagedHeader}");
    }
}

void StageData(string tree)
{
    foreach (string file in System.IO.Directory.GetFiles("packaging/root", "*", System.IO.SearchOption.AllDirectories))
    {
        string path = $"{tree}/{System.IO.Path.GetRelativePath("packaging/root", file)}";
        Put(file, path);
        if (path.Contains("/share/man/"))
        {
            Compress(path);
        }
    }

    foreach (string model in System.IO.Directory.GetFiles("samples/models", "*.edge").Where(model => FileSize(model) <= LargestPackagedModelBytes))
    {
        string name = System.IO.Path.GetFileNameWithoutExtension(model);
        Put(model, $"{tree}/usr/share/edge/models/{name}.edge");
        Put($"samples/models/{name}.md", $"{tree}/usr/share/doc/edge/models/{name}.md");
    }

    Put("samples/recordings/keywords.wav", $"{tree}/usr/share/edge/recordings/keywords.wav");
    Put("packaging/root/etc/edge/edge.json", $"{tree}/usr/share/doc/edge/examples/edge.json");
    Put("samples/SoundEvents/everyday.json", $"{tree}/usr/share/doc/edge/examples/everyday.json");
    Put("NOTICE", $"{tree}/usr/share/doc/edge/NOTICE");
    Put("packaging/debian/copyright", $"{tree}/usr/share/doc/edge/copyright");
    Put("packaging/debian/changelog", $"{tree}/usr/share/doc/edge/changelog");
    Compress($"{tree}/usr/share/doc/edge/changelog");
    EnsureDirectoryExists($"{tree}/usr/bin");
    System.IO.File.CreateSymbolicLink($"{tree}/usr/bin/edge", "../lib/edge/edge");
}

// The board's own lamp, where it has one, tells in the default configuration that something was heard.
void LightLed(string led, string path)
{
    const string end = "\n    ],\n    \"Metrics\"";
    if (System.IO.File.ReadAllText(path).Split(end) is not [string actions, string rest])
    {
        throw new CakeException($"{path} was to light {led}; expected Actions right before Metrics in it.");
    }

    PutText($"{actions},\n      {{ \"Kind\": \"led\", \"Led\": \"{led}\", \"OnMs\": 500 }}{end}{rest}", path);
}

string WriteTarball(Published published, string tree, string output)
{
    string name = $"edge-{PackageVersion()}-{published.Runtime}";
    string tarball = System.IO.Path.GetFullPath($"{output}/{name}.tar.gz");
    Put("packaging/INSTALL", $"{tree}/INSTALL");
    SetTimes(tree);
    Shell($"tar --format=gnu --sort=name --owner=0 --group=0 --numeric-owner --transform 'flags=r;s,^[.],{name},' -C '{tree}' -cf - . | gzip -9n > '{tarball}'");
    System.IO.File.Delete($"{tree}/INSTALL");
    return System.IO.Path.GetRelativePath(".", tarball);
}

string WriteDeb(Published published, string tree, string output)
{
    string control = $"{tree}/DEBIAN";
    long installed = System.IO.Directory.GetFileSystemEntries(tree, "*", System.IO.SearchOption.AllDirectories)
        .Sum(path => System.IO.Directory.Exists(path) ? 1 : (FileSize(path) + 1023) / 1024); // as dpkg-gencontrol counts, in KiB
    Shell($"mkdir '{control}' && cd '{tree}' && find usr etc -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum > DEBIAN/md5sums");
    PutText(string.Concat(System.IO.Directory.GetFiles($"{tree}/etc", "*", System.IO.SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(file => $"/{System.IO.Path.GetRelativePath(tree, file)}\n")), $"{control}/conffiles");
    PutText(System.IO.File.ReadAllText("packaging/debian/control")
        .Replace("@VERSION@", PackageVersion())
        .Replace("@ARCHITECTURE@", published.Architecture)
        .Replace("@INSTALLED_SIZE@", installed.ToString(CultureInfo.InvariantCulture))
        .Replace("@DEPENDS@", published.Portable ? "libc6, libgcc-s1, libstdc++6" : LibraryDependencies(published.Folder))
        .Replace("@RECOMMENDS@", (published.Portable ? "dotnet-runtime-10.0, " : "") + "libasound2t64 | libasound2, libssl3t64 | libssl3, ca-certificates")
        .Replace("@BUILD@", $"Built for {published.Board}: {published.Compiled}."), $"{control}/control");
    foreach (string script in new[] { "postinst", "prerm", "postrm" })
    {
        Put($"packaging/debian/{script}", $"{control}/{script}", Executable);
    }

    if (published.ProcessorFlags.Length > 0)
    {
        PutText(ProcessorCheck(published), $"{control}/preinst", Executable);
    }

    SetTimes(tree);
    string deb = $"{output}/edge_{PackageVersion()}_{published.Architecture}.deb";
    // More threads cut the data into more blocks: other bytes.
    Shell($"SOURCE_DATE_EPOCH={SourceDate()} DPKG_DEB_THREADS_MAX=1 dpkg-deb --root-owner-group -Zxz --build '{tree}' '{deb}'");
    return deb;
}

// The script that refuses a processor on which the programs would not start.
string ProcessorCheck(Published published) => System.IO.File.ReadAllText("packaging/debian/preinst")
    .Replace("@FIELD@", published.Architecture == "amd64" ? "flags" : "Features")
    .Replace("@FLAGS@", string.Join(' ', published.ProcessorFlags))
    .Replace("@BOARD@", published.Board)
    .Replace("@ADVICE@", published.LessDemanding.Length == 0 ? "There is no package for older ones."
        : $"Install the package that is built for {string.Join(" or ", published.LessDemanding)}.");

// The C library that the programs' symbols ask for, as dpkg-shlibdeps would say, but for any architecture.
string LibraryDependencies(string folder)
{
    var needed = new SortedSet<string>(StringComparer.Ordinal);
    var glibc = new Version(2, 17);
    foreach (string program in programs)
    {
        (int exitCode, string output) = Capture("readelf", $"--wide --dynamic --version-info {folder}/{program}");
        if (exitCode != 0)
        {
            throw new CakeException($"readelf cannot read {folder}/{program}: {output}");
        }

        needed.UnionWith(Regex.Matches(output, @"\(NEEDED\).*\[(.+)\]").Select(match => match.Groups[1].Value));
        glibc = Regex.Matches(output, @"Name: GLIBC_([\d.]+)").Select(match => Version.Parse(match.Groups[1].Value)).Append(glibc).Max();
    }

    var packages = new Dictionary<string, string> { ["libgcc_s.so.1"] = "libgcc-s1", ["libstdc++.so.6"] = "libstdc++6", ["libz.so.1"] = "zlib1g" };
    string[] others = needed.Where(library => !Regex.IsMatch(library, @"^(lib(c|m|dl|pthread|rt)\.so|ld-linux)")).ToArray();
    if (others.FirstOrDefault(library => !packages.ContainsKey(library)) is { } unknown)
    {
        throw new CakeException($"{folder}'s programs need {unknown}, of which LibraryDependencies in build/package.cake does not know the package; add it there.");
    }

    return string.Join(", ", others.Select(library => packages[library]).Prepend($"libc6 (>= {glibc})"));
}

string PackageVersion() => XDocument.Load("Directory.Build.props").Descendants("Version").Single().Value;

// The time that every file of a package has, in seconds since 1970: SOURCE_DATE_EPOCH, else that of the newest entry of the change log.
long SourceDate()
{
    if (long.TryParse(EnvironmentVariable("SOURCE_DATE_EPOCH"), out long epoch))
    {
        return epoch;
    }

    string entry = System.IO.File.ReadLines("packaging/debian/changelog").First(line => line.StartsWith(" -- "));
    return DateTimeOffset.ParseExact(entry[(entry.IndexOf('>') + 1)..].Trim(), "ddd, dd MMM yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture).ToUnixTimeSeconds();
}

long FileSize(string path) => new System.IO.FileInfo(path).Length;

void Put(string from, string to, UnixFileMode mode = Plain)
{
    EnsureDirectoryExists(System.IO.Path.GetDirectoryName(to));
    System.IO.File.Copy(from, to);
    System.IO.File.SetUnixFileMode(to, mode);
}

void PutText(string text, string to, UnixFileMode mode = Plain)
{
    EnsureDirectoryExists(System.IO.Path.GetDirectoryName(to));
    System.IO.File.WriteAllText(to, text);
    System.IO.File.SetUnixFileMode(to, mode);
}

void Compress(string path) => Shell($"gzip -9n '{path}'");

void SetTimes(string tree) =>
    Shell($"find '{tree}' -type d -exec chmod 755 {{}} + && find '{tree}' -depth -exec touch --no-dereference --date=@{SourceDate()} {{}} +");

// Runs a line of shell; what it printed is shown only where it fails, which ends the task.
void Shell(string line)
{
    (int exitCode, string output) = Capture("bash", $"-c \"set -eo pipefail; {line.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"");
    if (exitCode != 0)
    {
        throw new CakeException($"`{line}` ended with code {exitCode}: {output}");
    }
}
