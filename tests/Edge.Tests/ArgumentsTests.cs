using Edge.Cli;

namespace Edge.Tests;

public class ArgumentsTests
{
    private enum Scale
    {
        Linear,
        LogMel,
    }

    private static readonly CommandSyntax Syntax = new(
        "edge try",
        "FILE...",
        "Tries things.",
        "edge try --count 3 a.wav",
        new Option("count", "N", "how many", "2"),
        new Option("gain", "DB", "how loud"),
        new Option("scale", "NAME", "which scale", "linear"),
        new Option("wait", "SECONDS", "how long", "0.5"),
        new Option("set", "NAME=VALUE", "any parameter", Repeatable: true),
        new Option("json", null, "JSON lines"));

    [Fact]
    public void Values_follow_a_space_or_an_equals_sign()
    {
        var arguments = Parse("--count", "7", "--gain=-1.5", "--set=a=b", "--set", "c=d");

        Assert.Equal(7, arguments.Int("count"));
        Assert.Equal(-1.5, arguments.Double("gain"));
        Assert.Equal(["a=b", "c=d"], arguments.All("set"));
    }

    [Fact]
    public void A_negative_number_is_a_value() => Assert.Equal(-3, Parse("--gain", "-3").Double("gain"));

    [Fact]
    public void A_flag_takes_no_operand_with_it()
    {
        var arguments = Parse("--json", "a.wav");

        Assert.True(arguments.Has("json"));
        Assert.Equal(["a.wav"], arguments.Operands);
    }

    [Fact]
    public void A_dash_and_everything_after_two_dashes_are_operands() =>
        Assert.Equal(["-", "x.wav", "--count", "-h", "--"], Parse("-", "x.wav", "--", "--count", "-h", "--").Operands);

    [Fact]
    public void Defaults_stand_in_for_what_is_not_given()
    {
        var arguments = Parse();

        Assert.Equal(2, arguments.Int("count"));
        Assert.Equal(TimeSpan.FromMilliseconds(500), arguments.Seconds("wait"));
        Assert.Equal(Scale.Linear, arguments.Choice<Scale>("scale"));
        Assert.Null(arguments.TextOrNull("gain"));
        Assert.False(arguments.Has("count"));
        Assert.Empty(arguments.All("set"));
    }

    [Fact]
    public void Choices_are_written_with_hyphens() => Assert.Equal(Scale.LogMel, Parse("--scale", "log-mel").Choice<Scale>("scale"));

    [Theory]
    [InlineData("--help")]
    [InlineData("a.wav", "--nonsense", "-h")]
    public void Help_is_found_wherever_it_stands(params string[] args) => Assert.True(Parse(args).HelpAsked);

    [Theory]
    [InlineData("Unknown option --cuont. Did you mean --count?", "--cuont", "3")]
    [InlineData("Unknown option --jsn. Did you mean --json?", "--jsn")]
    [InlineData("Unknown option -x. `edge try --help`", "-x")]
    [InlineData("Unknown option --. ", "--=3")]
    [InlineData("--count lacks its value; expected --count N.", "--count")]
    [InlineData("--count lacks its value; expected --count N.", "--count", "--json")]
    [InlineData("--count lacks its value; expected --count N.", "--count", "--", "3")]
    [InlineData("--json takes no value; found 'yes'.", "--json=yes")]
    [InlineData("--count is given twice; expected once.", "--count=1", "--count=2")]
    [InlineData("--count is empty", "--count", "")]
    [InlineData("--count is empty", "--count=")]
    [InlineData("An argument is empty", "")]
    public void A_wrong_command_line_is_explained(string expected, params string[] args) =>
        Assert.StartsWith(expected, Assert.Throws<UsageException>(() => Parse(args)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("two", "--count is 'two'; expected a whole number from 1 to 5.")]
    [InlineData("2.5", "--count is '2.5'; expected a whole number from 1 to 5.")]
    [InlineData("6", "--count is '6'; expected a whole number from 1 to 5.")]
    [InlineData("99999999999", "--count is '99999999999'; expected a whole number from 1 to 5.")]
    public void A_wrong_whole_number_is_explained(string value, string expected) =>
        Assert.Equal(expected, Assert.Throws<UsageException>(() => Parse("--count", value).Int("count", 1, 5)).Message);

    [Theory]
    [InlineData("1,5")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    public void A_number_is_finite_and_has_a_point(string value) =>
        Assert.Equal($"--gain is '{value}'; expected a number.", Assert.Throws<UsageException>(() => Parse("--gain", value).Double("gain")).Message);

    [Theory]
    [InlineData("-1")]
    [InlineData("1e300")]
    public void Seconds_are_bounded(string value) =>
        Assert.Contains("expected a number of seconds from 0 to 1000000000", Assert.Throws<UsageException>(() => Parse("--wait", value).Seconds("wait")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("LogMel")]
    [InlineData("1")]
    [InlineData("linear,log-mel")]
    public void A_wrong_choice_names_the_right_ones(string value) =>
        Assert.StartsWith($"--scale is '{value}'; expected one of linear, log-mel.", Assert.Throws<UsageException>(() => Parse("--scale", value).Choice<Scale>("scale")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_required_option_that_is_missing_is_named() =>
        Assert.Equal("--gain DB is required.", Assert.Throws<UsageException>(() => Parse().Double("gain")).Message);

    [Fact]
    public void Asking_for_an_undeclared_option_is_the_callers_bug() => Assert.Throws<ArgumentException>(() => Parse().Has("cuont"));

    [Fact]
    public void Help_lists_usage_options_defaults_and_an_example() =>
        Assert.Equal(
            """
            usage: edge try [options] FILE...

            Tries things.

              --count N         how many (default: 2)
              --gain DB         how loud
              --scale NAME      which scale (default: linear)
              --wait SECONDS    how long (default: 0.5)
              --set NAME=VALUE  any parameter; may be repeated
              --json            JSON lines
              --help            print this text (also -h)

            example:
              edge try --count 3 a.wav

            """.ReplaceLineEndings(),
            Syntax.Help());

    private static Arguments Parse(params string[] args) => Arguments.Parse(Syntax, args);
}
