// The arguments of the command line, which Cake itself does not check.

// Argument and the tasks that know it.
Dictionary<string, string> knownArguments = new()
{
    ["board"] = "publish, package, package-check",
    ["boards"] = "matrix",
    ["portable"] = "publish, package, package-check, matrix",
    ["dry-run"] = "publish, package",
    ["sysroot"] = "publish, package, package-check, matrix",
    ["runtime"] = "publish, demo, test, bench",
    ["framework"] = "publish, demo, test, bench",
    ["instruction-set"] = "publish, demo, test, bench",
    ["mirror"] = "package-check",
};

// Ends with code 2 where an argument is none of this build's: --bord=pi-5 must not publish for this machine.
void CheckArguments()
{
    string[] cakes = ["target", "verbosity", "exclusive", "description", "tree", "dryrun", "working", "debug", "script"]; // Cake's own
    string[] strangers = Context.Arguments.GetArguments().Select(argument => argument.Key)
        .Where(name => !knownArguments.ContainsKey(name) && !cakes.Contains(name) && !Regex.IsMatch(name, "^(nuget|paths|settings|roslyn|cache|bootstrap)", RegexOptions.IgnoreCase)).ToArray();
    if (strangers.Length > 0)
    {
        Console.Error.WriteLine($"There is no argument --{string.Join(", --", strangers)}; expected --NAME=VALUE, one of {string.Join(", ", knownArguments.Keys)}.");
        Environment.Exit(2);
    }

    string[] misplaced = knownArguments.Keys.Where(name => HasArgument(name) && !knownArguments[name].Split(", ").Contains(target)).ToArray();
    if (misplaced.Length > 0)
    {
        Console.Error.WriteLine($"--{misplaced[0]} means nothing to the task {target}; it is for {knownArguments[misplaced[0]]}.");
        Environment.Exit(2);
    }
}
