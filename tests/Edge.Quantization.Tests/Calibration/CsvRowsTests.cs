using Edge.Quantization.Calibration;

namespace Edge.Quantization.Tests.Calibration;

public class CsvRowsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a,b", "1: a|b")]
    [InlineData(" a , b \r\n\r\nc,\n", "1: a|b; 3: c|")]
    [InlineData("\"a,\"\"b\"\"\",c\n\"d\ne\",f\ng", "1: a,\"b\"|c; 2: d\ne|f; 4: g")]
    [InlineData("\"\",\"\"\"\"", "1: |\"")]
    public void Values_and_the_lines_of_their_rows_are_read(string text, string expected) => Assert.Equal(expected, Read(text));

    [Theory]
    [InlineData("a\n\"b\nc", "has a quotation mark in line 2 that nothing closes")]
    [InlineData("\"a\"\"", "has a quotation mark in line 1 that nothing closes")]
    public void A_quotation_mark_that_nothing_closes_is_refused(string text, string expected) => Assert.Contains(expected, Refusal(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("\"")]
    public void A_value_without_an_end_is_refused_before_it_fills_the_memory(string start) =>
        Assert.Contains("line 1", Refusal(start + new string('x', 2_000_000)), StringComparison.Ordinal);

    private static string Refusal(string text) => Assert.Throws<InvalidDataException>(() => Read(text)).Message;

    private static string Read(string text)
    {
        using var reader = new StringReader(text);
        return string.Join("; ", CsvRows.Read(reader, "table.csv").Select(row => $"{row.Line}: {string.Join('|', row.Values)}"));
    }
}
