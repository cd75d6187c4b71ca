using System.Diagnostics;
using Edge.Tests;

namespace Edge.Quantization.Tests.Recipes;

/// <summary>Runs scripts of quantization/recipes with the system's Python, which has PyTorch where the tests have been set up.</summary>
internal static class PythonScript
{
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly Lazy<string?> Problem = new(FindProblem);

    /// <summary>Skips the calling test, with the reason, where Python has no PyTorch or no ONNX.</summary>
    public static void Require() => Assert.SkipWhen(Problem.Value is not null, Problem.Value ?? "");

    /// <summary>What a script prints; fails the calling test, with what the script said on stderr, where it ends with another code than 0 or not at all.</summary>
    /// <param name="path">The script, from quantization/recipes on, as in "digits/model.py"; its folder is the working directory.</param>
    /// <param name="arguments">Its arguments.</param>
    public static string Run(string path, params string[] arguments) => RunFile(Repository.PathTo(["quantization", "recipes", .. path.Split('/')]), arguments);

    /// <summary>The same of a script that is itself a test and lies beside this file.</summary>
    /// <param name="name">The script.</param>
    /// <param name="arguments">Its arguments.</param>
    public static string RunTest(string name, params string[] arguments) =>
        RunFile(Repository.PathTo("tests", "Edge.Quantization.Tests", "Recipes", name), arguments);

    private static string RunFile(string script, string[] arguments)
    {
        Require();
        Assert.True(File.Exists(script), $"There is no script {script}.");
        (int? code, string output, string errors) = Run([script, .. arguments], Path.GetDirectoryName(script)!);
        string line = $"{Python} {script} {string.Join(' ', arguments)}";
        Assert.True(code is not null, $"{line} ran longer than {Limit.TotalSeconds} s and was ended.\n{errors}");
        Assert.True(code == 0, $"{line} ended with code {code}.\n{errors}\n{output}");
        return output;
    }

    /// <summary>Exit code, null where the time ran out, and what was printed.</summary>
    private static (int? Code, string Output, string Errors) Run(IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo(Python, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_NUM_THREADS"] = "1", ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(Limit);
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
        }

        return (ended ? process.ExitCode : null, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    private static string? FindProblem()
    {
        if (!File.Exists(Python))
        {
            return $"there is no {Python}; recipes are Python scripts";
        }

        (int? code, _, string errors) = Run(["-c", "import numpy, onnx, torch"], AppContext.BaseDirectory);
        return code == 0 ? null : $"{Python} cannot run recipes (apt-get install python3-torch python3-onnx): {errors.Trim().Split('\n')[^1]}";
    }
}
