// What is shown of a board's packages: that Debian's own tools accept them, that another folder gives the same bytes, and that they
// install, run, upgrade and go in a clean Debian, with its systemd where that starts here (packaging/check).
const string DebianRelease = "bookworm";

// Runs every check that this machine can, says of each how it went and how long it took; 1 where one failed.
int CheckPackages(Published published, Packages packages)
{
    RequireSystem("Package checks", ("lintian", () => OnPath("lintian")), ("debootstrap", () => OnPath("debootstrap")),
        ("groff", () => OnPath("groff")), ("systemd", () => OnPath("systemd-analyze")));
    string folder = $"artifacts/packages/{published.Board}/check";
    EnsureDirectoryExists(folder);
    CleanDirectory(folder);
    var rows = new List<(string What, string Fault, double Seconds)>();
    void Check(string what, Func<string> fault)
    {
        var clock = Stopwatch.StartNew();
        string found = fault();
        rows.Add((what, found, clock.Elapsed.TotalSeconds));
        Say($"{what}: {(found == "" ? "ok" : found)}");
    }

    Check("lintian finds no error", () => Fault("lintian", $"--tag-display-limit 0 --fail-on error {packages.Deb}"));
    Check("contents and architecture", () => ContentsFault(published, packages.Deb));
    Check("the manual is well-formed", () => GetFiles("packaging/root/usr/share/man/*/*").Select(page => Capture("groff", $"-man -ww -z -Tutf8 {page}").Output).FirstOrDefault(output => output != "") ?? "");
    Check("the unit is confined (systemd-analyze security, at most 2.0)", () =>
        Fault("systemd-analyze", "security --offline=true --threshold=20 packaging/root/usr/lib/systemd/system/edge.service"));
    Check("another folder gives the same bytes", () => ReproductionFault(published, packages));
    string absent = InstallationObstacle(published);
    if (absent == "")
    {
        string root = DebianRoot();
        WriteUpgrades(packages.Deb, folder);
        string labels = string.Join(',', JsonNode.Parse(System.IO.File.ReadAllText("samples/recordings/keywords.json")).AsArray().Select(word => word["label"].GetValue<string>()));
        Check("installed in a clean root", () => RootFault("", root, folder, "installed.sh", labels));
        Check("under systemd", () => RootFault("--boot ", root, folder, "booted.sh", labels));
    }
    else
    {
        Say($"Not installed: {absent}");
    }

    Say($"\n{published.Board}, {published.Compiled}");
    foreach ((string what, string fault, double seconds) in rows)
    {
        Say($"  {(fault == "" ? "ok" : fault.StartsWith("skipped") ? "skipped" : "FAILED"),-8} {seconds,5:F0} s  {what}");
    }

    return rows.Any(row => row.Fault != "" && !row.Fault.StartsWith("skipped")) ? 1 : 0;
}

// What a program printed where it failed, else nothing.
string Fault(string program, string arguments)
{
    (int exitCode, string output) = Capture(program, arguments);
    return exitCode == 0 ? "" : output;
}

string ContentsFault(Published published, string deb)
{
    string files = Capture("dpkg-deb", $"--contents {deb}").Output, architecture = Capture("dpkg-deb", $"--field {deb} Architecture").Output.Trim();
    string[] expected = programs.Select(program => $"./usr/lib/edge/{program}")
        .Concat(["./usr/bin/edge -> ../lib/edge/edge", "./etc/edge/edge.json", "./usr/share/edge/models/wake-words.edge", "./usr/share/doc/edge/copyright"])
        .Concat(published.Portable ? [] : new[] { $"./{PackagedLibrary}", $"./{PackagedHeader}" })
        .Concat(System.IO.Directory.GetFiles("packaging/root", "*", System.IO.SearchOption.AllDirectories).Select(file => $".{file["packaging/root".Length..]}"))
        .Where(path => !files.Contains(path)).ToArray();
    var machines = new Dictionary<string, string> { ["amd64"] = "X86-64", ["arm64"] = "AArch64", ["armhf"] = "ARM" };
    string[] others = published.Portable ? [] : programs
        .Where(program => !Regex.IsMatch(Capture("readelf", $"--file-header {published.Folder}/{program}").Output, $@"Machine:.*\b{machines[architecture]}\b")).ToArray();
    return expected.Length > 0 ? $"missing: {string.Join(", ", expected)}"
        : architecture != published.Architecture ? $"the package is for {architecture}, expected {published.Architecture}"
        : others.Length > 0 ? $"not compiled for {architecture}: {string.Join(", ", others)}" : "";
}

// Builds the same sources once more: in another folder, time zone, locale and with other default rights.
string ReproductionFault(Published published, Packages packages)
{
    string again = $"artifacts/again/{published.Board}/in another place";
    Shell($"rm -rf artifacts/again/{published.Board} && mkdir -p '{again}' && git clone --quiet --no-hardlinks . '{again}'"
        + $" && git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -T - -cf - 2> /dev/null | tar -C '{again}' -xf -"
        + $" && mkdir -p '{again}/artifacts' && cp artifacts/*.json artifacts/*.props '{again}/artifacts/'");
    (int exitCode, string output) = Capture("bash", $"-c \"cd '{again}' && umask 077 && TZ=Asia/Kathmandu LC_ALL=C ./build.sh package --board={published.Board}{(published.Portable ? " --portable" : "")}\"");
    if (exitCode != 0)
    {
        return $"it does not build in {again}: {output}";
    }

    string[] different = new[] { packages.Deb, packages.Tarball }
        .Where(file => !System.IO.File.ReadAllBytes(file).SequenceEqual(System.IO.File.ReadAllBytes($"{again}/{file}"))).ToArray();
    if (different.Length > 0)
    {
        return $"{string.Join(", ", different)} differ from those in {again}; diffoscope shows where";
    }

    Say(Capture("sha256sum", $"{packages.Deb} {packages.Tarball}").Output.TrimEnd());
    Shell($"rm -rf artifacts/again/{published.Board}");
    return "";
}

// Why a package cannot be installed in a root on this machine; nothing where it can.
string InstallationObstacle(Published published)
{
    string here = Capture("dpkg", "--print-architecture").Output.Trim();
    return here != published.Architecture ? $"the package is for {published.Architecture}, this machine is {here}."
        : !Environment.IsPrivilegedProcess ? "a clean root can be made as root only; run this task with sudo."
        : !OnPath("debootstrap") ? "debootstrap is missing."
        : Capture("unshare", "--mount --pid --uts --ipc --cgroup --fork true").ExitCode != 0 ? "this machine, perhaps a container itself, makes no namespaces." : "";
}

// A small Debian that has what every installation has, made once.
string DebianRoot()
{
    string root = $"artifacts/roots/{DebianRelease}";
    if (!FileExists($"{root}.made"))
    {
        Shell($"rm -rf {root} && mkdir -p {root}");
        Quietly($"Installing Debian {DebianRelease} to {root}", "debootstrap",
            $"--variant=minbase --include=systemd-sysv,udev,ca-certificates {DebianRelease} {root} {Argument("mirror", "")}");
        System.IO.File.WriteAllText($"{root}.made", "");
    }

    return root;
}

// edge.deb as it is; next.deb, the same as version 1.0.1; changed.deb, 1.0.2 with another configuration.
void WriteUpgrades(string deb, string folder)
{
    Shell($"cd {folder} && cp ../{System.IO.Path.GetFileName(deb)} edge.deb && dpkg-deb -R edge.deb tree"
        + " && sed -i 's/^Version: .*/Version: 1.0.1/' tree/DEBIAN/control && dpkg-deb --root-owner-group -Zgzip -b tree next.deb"
        + " && sed -i 's/^Version: .*/Version: 1.0.2/' tree/DEBIAN/control && sed -i 's/0[.]5/0.75/' tree/etc/edge/edge.json"
        + " && dpkg-deb --root-owner-group -Zgzip -b tree changed.deb && rm -r tree");
}

// Runs a check of packaging/check in a root of its own; what it printed where it failed.
string RootFault(string boot, string root, string packages, string check, string labels)
{
    string runtime = System.IO.Path.GetDirectoryName(Capture("realpath", Context.Tools.Resolve("dotnet").FullPath).Output.Trim());
    string log = $"{packages}/{check}.log";
    int exitCode = Run("bash", $"-c \"set -o pipefail; DOTNET_FOLDER={runtime} packaging/check/in-root.sh {boot}{root} {packages} {check} '{labels}' 2>&1 | tee {log}\"");
    int failed = System.IO.File.ReadLines(log).Count(line => line.StartsWith("FAILED"));
    return exitCode switch
    {
        0 => "",
        77 => $"skipped: {System.IO.File.ReadLines(log).LastOrDefault()}",
        _ => failed > 0 ? $"{failed} of its checks failed; {log}" : $"it ended with code {exitCode} before its end; {log}",
    };
}
