using System.Diagnostics;

namespace Edge.Quantization.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edge-atomic-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_appears_when_it_is_complete_and_replaces_what_was_there()
    {
        File.WriteAllText(At("a"), "old");
        using (AtomicFile file = AtomicFile.Create(At("a")))
        {
            file.Write("new"u8);
            Assert.Equal("old", File.ReadAllText(At("a")));
            file.Complete();
        }

        Assert.Equal("new", File.ReadAllText(Assert.Single(Directory.GetFiles(folder))));
    }

    [Fact]
    public void A_fault_on_the_way_leaves_what_was_there_and_nothing_else()
    {
        File.WriteAllText(At("a"), "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(At("a"), stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(Assert.Single(Directory.GetFiles(folder))));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named_without_the_temporary_name()
    {
        IOException fault = Assert.Throws<IOException>(() => AtomicFile.Write(At("no/a"), _ => { }));
        Assert.StartsWith($"{At("no/a")} cannot be written", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_reported_with_path_and_cause_and_leaves_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Mount("-t", "tmpfs", "-o", "size=64k", "none", folder) == 0, "A small file system cannot be mounted here; that takes root on Linux.");
        try
        {
            IOException fault = Assert.Throws<IOException>(() => AtomicFile.Write(At("a"), stream => stream.Write(new byte[1_000_000])));
            Assert.Contains($"{At("a")} cannot be written", fault.Message, StringComparison.Ordinal);
            Assert.Contains("No space left on device", fault.Message, StringComparison.Ordinal);
            Assert.Equal(28, fault.HResult);
            Assert.Empty(Directory.GetFiles(folder));
        }
        finally
        {
            Run("umount", folder);
        }
    }

    private static int Mount(params string[] arguments) => Run("mount", arguments);

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    private string At(string name) => Path.Combine(folder, name);
}
