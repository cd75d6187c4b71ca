using System.Globalization;
using System.Numerics;
using System.Text;

namespace Edge.Cli;

/// <summary>
/// A command line taken apart: <c>--name value</c>, <c>--name=value</c>, flags, operands; after <c>--</c> everything is an operand, and so is <c>-</c>.
/// </summary>
/// <remarks>Numbers are read in the invariant culture. Every fault is a <see cref="UsageException"/>.</remarks>
internal sealed class Arguments
{
    private readonly CommandSyntax syntax;
    private readonly List<(string Name, string Value)> given = [];
    private readonly List<string> operands = [];

    private Arguments(CommandSyntax syntax) => this.syntax = syntax;

    /// <summary>Whether --help or -h was given; nothing else has been checked then.</summary>
    public bool HelpAsked { get; private set; }

    /// <summary>The positional arguments in order; "-" stands for standard input.</summary>
    public IReadOnlyList<string> Operands => operands;

    /// <summary>Takes <paramref name="args"/> apart by the options that <paramref name="syntax"/> names.</summary>
    /// <exception cref="UsageException">An option is unknown, lacks its value, has one it does not take, or is given twice.</exception>
    public static Arguments Parse(CommandSyntax syntax, ReadOnlySpan<string> args)
    {
        var arguments = new Arguments(syntax);
        int options = args.IndexOf("--") is >= 0 and int separator ? separator : args.Length;
        if (args[..options].ContainsAny("--help", "-h"))
        {
            arguments.HelpAsked = true;
            return arguments;
        }

        for (int i = 0; i < options; i++)
        {
            if (args[i].Length == 0)
            {
                throw new UsageException("An argument is empty, as from a variable that is not set; leave it out or fill it.");
            }

            if (args[i] == "-" || !args[i].StartsWith('-'))
            {
                arguments.operands.Add(args[i]);
            }
            else
            {
                string? next = i + 1 < options ? args[i + 1] : null;
                i += arguments.Take(args[i], next);
            }
        }

        arguments.operands.AddRange(args[Math.Min(options + 1, args.Length)..]);
        return arguments;
    }

    /// <summary>Whether an option was given on the command line; the way to read a flag.</summary>
    public bool Has(string name)
    {
        Option option = Declared(name);
        return given.Exists(pair => pair.Name == option.Name);
    }

    /// <summary>Every value of a repeatable option, in order; its default, if it has one, where it was not given.</summary>
    public IReadOnlyList<string> All(string name)
    {
        Option option = Declared(name);
        List<string> values = given.FindAll(pair => pair.Name == name).ConvertAll(pair => pair.Value);
        return values.Count == 0 && option.Default is not null ? [option.Default] : values;
    }

    /// <summary>The value of an option or its default; null where there is neither.</summary>
    public string? TextOrNull(string name) => All(name) is [.., var last] ? last : null;

    /// <summary>The value of an option or its default.</summary>
    /// <exception cref="UsageException">There is neither.</exception>
    public string Text(string name) => TextOrNull(name) ?? throw new UsageException($"{Declared(name).Written} is required.");

    /// <summary>A whole number.</summary>
    public int Int(string name, int min = int.MinValue, int max = int.MaxValue) => Number(name, "a whole number", NumberStyles.AllowLeadingSign, min, max);

    /// <summary>A number; never NaN or infinite.</summary>
    public double Double(string name, double min = double.MinValue, double max = double.MaxValue) =>
        Number(name, "a number", NumberStyles.Float, min, max);

    /// <summary>A span of time written in seconds, 0 to 10⁹.</summary>
    public TimeSpan Seconds(string name) => TimeSpan.FromSeconds(Number(name, "a number of seconds", NumberStyles.Float, 0.0, 1e9));

    /// <summary>A member of an enumeration, written in lower case with hyphens: <c>LogMel</c> is "log-mel".</summary>
    public T Choice<T>(string name)
        where T : struct, Enum
    {
        string text = Text(name);
        string[] allowed = Array.ConvertAll(Enum.GetNames<T>(), Hyphenated);
        int index = Array.IndexOf(allowed, text);
        return index >= 0 ? Enum.GetValues<T>()[index] : throw new UsageException($"--{name} is '{text}'; expected one of {string.Join(", ", allowed)}.{Suggestion.For(text, allowed)}");
    }

    private T Number<T>(string name, string kind, NumberStyles style, T min, T max)
        where T : INumber<T>, IMinMaxValue<T>
    {
        string text = Text(name);
        if (T.TryParse(text, style, CultureInfo.InvariantCulture, out T? value) && value >= min && value <= max)
        {
            return value;
        }

        string range = (min > T.MinValue, max < T.MaxValue) switch
        {
            (true, true) => $" from {min} to {max}",
            (true, false) => $" of at least {min}",
            (false, true) => $" of at most {max}",
            _ => "",
        };
        throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--{name} is '{text}'; expected {kind}{range}."));
    }

    /// <summary>Takes one option; returns how many of the arguments after it were taken with it.</summary>
    private int Take(string argument, string? next)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string written = equals < 0 ? argument : argument[..equals];
        string? value = equals < 0 ? null : argument[(equals + 1)..];
        Option option = Array.Find(syntax.Options, known => $"--{known.Name}" == written) ?? throw new UsageException(
            $"Unknown option {written}.{Suggestion.For(written, [.. syntax.Options.Select(known => $"--{known.Name}"), "--help"])}" +
            $" `{syntax.Name} --help` lists all; a file of that name is written after --.");
        if (option.Value is null && value is not null)
        {
            throw new UsageException($"--{option.Name} takes no value; found '{value}'.");
        }

        if (!option.Repeatable && given.Exists(earlier => earlier.Name == option.Name))
        {
            throw new UsageException($"--{option.Name} is given twice; expected once.");
        }

        bool takesNext = option.Value is not null && value is null;
        if (takesNext && (next is null || next.StartsWith("--", StringComparison.Ordinal)))
        {
            throw new UsageException($"--{option.Name} lacks its value; expected {option.Written}.");
        }

        if (option.Value is not null && (value ?? next) is "")
        {
            throw new UsageException($"--{option.Name} is empty, as from a variable that is not set; expected {option.Written}.");
        }

        given.Add((option.Name, value ?? (takesNext ? next! : "")));
        return takesNext ? 1 : 0;
    }

    private Option Declared(string name) =>
        Array.Find(syntax.Options, option => option.Name == name) ?? throw new ArgumentException($"{syntax.Name} declares no option --{name}.", nameof(name));

    private static string Hyphenated(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            text.Append(char.IsAsciiLetterUpper(c) && text.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
