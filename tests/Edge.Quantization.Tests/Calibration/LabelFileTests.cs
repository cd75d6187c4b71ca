using System.Text;
using Edge.Quantization.Calibration;
using Edge.Tests;

namespace Edge.Quantization.Tests.Calibration;

public class LabelFileTests
{
    [Theory]
    [InlineData("yes\nno\n")]
    [InlineData("\uFEFFyes\r\n\r\n  no  \r\n")]
    [InlineData("index,mid,display_name\n0,/m/1,yes\n1,/m/2,no\n")]
    [InlineData("index,mid,display_name\r\n0,/m/1,\"yes\"\r\n1,/m/2,\"no\"\r\n\r\n")]
    [InlineData("name,licence\nyes,MIT\nno,\"a, b\nc\"")]
    public void Names_come_one_a_line_or_in_a_table(string text) => Assert.Equal(["yes", "no"], Read(text));

    [Fact]
    public void Quotation_marks_hold_commas_and_doubled_marks() =>
        Assert.Equal(["Child speech, kid", "the \"word\""], Read("index,display_name\n0,\"Child speech, kid\"\n1,\"the \"\"word\"\"\"\n"));

    [Fact]
    public void A_plain_line_may_hold_commas() => Assert.Equal(["rain, heavy", "wind"], Read("rain, heavy\nwind\n"));

    [Fact]
    public void A_table_without_a_column_of_names_is_told()
    {
        var error = Assert.Throws<InvalidDataException>(() => LabelFile.Read("index,mid\n0,/m/1\n"u8, "classes.csv"));

        Assert.StartsWith("classes.csv has the columns index, mid, and no one of names; expected", error.Message, StringComparison.Ordinal);
        Assert.Equal(["rain, heavy", "wind"], LabelFile.Read("\"rain, heavy\"\nwind\n"u8, "classes.csv").Select(name => name.Trim('"')));
    }

    [Fact]
    public void The_classes_of_YAMNet_are_read()
    {
        IReadOnlyList<string> labels = LabelFile.Read(File.ReadAllBytes(Repository.Shared("models", "yamnet-class-map.csv")), "yamnet-class-map.csv");

        Assert.Equal((521, "Speech", "Child speech, kid speaking"), (labels.Count, labels[0], labels[1]));
    }

    [Theory]
    [InlineData("", "has no label")]
    [InlineData("\n \n", "has no label")]
    [InlineData("a\nb\na\n", "has the label 'a' 2 times")]
    [InlineData("a\0b\n", "is no text")]
    [InlineData("index,display_name\n0,a\n2,b\n", "has index '2' in line 3; expected 1")]
    [InlineData("index,display_name\n0,a, b\n", "has 3 values in line 2, and its header 2")]
    [InlineData("index,display_name\n0,\"a\n1,b\n", "has a quotation mark in line 2 that nothing closes")]
    [InlineData("index,display_name\n0,\n", "has no name in line 2")]
    public void What_is_no_list_of_names_is_refused(string text, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(text));

        Assert.StartsWith($"labels.txt {expected}", error.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Read(string text) => LabelFile.Read(Encoding.UTF8.GetBytes(text), "labels.txt");
}
