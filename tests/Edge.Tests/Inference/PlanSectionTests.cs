using System.Text.Json;
using Edge.Inference;

namespace Edge.Tests.Inference;

public class PlanSectionTests
{
    private readonly List<string> faults = [];

    [Fact]
    public void Values_of_the_right_kind_are_read_without_a_fault()
    {
        PlanSection section = Open("""{"i":-3,"a":[1,2],"n":0.5,"f":true,"s":"x","l":["p","q"],"o":{"k":1},"m":[{},{}]}""");
        Assert.Equal(-3, section.Int32("i", -3, 5));
        Assert.Equal([1, 2], section.Int32s("a", 1, 2, 1, 2));
        Assert.Equal(0.5, section.Number("n", 0, 1));
        Assert.True(section.Flag("f", false));
        Assert.Equal("x", section.String("s"));
        Assert.Equal(["p", "q"], section.Strings("l"));
        Assert.Equal("place.o", section.Section("o")!.Place);
        Assert.Equal(["place.m[0]", "place.m[1]"], section.Sections("m", 2).Select(s => s.Place));
        Assert.Equal(["i", "a", "n", "f", "s", "l", "o", "m"], section.Names);
        Assert.True(section.Has("i"));
        Assert.Empty(faults);
    }

    [Fact]
    public void What_is_absent_has_the_callers_value_or_is_nothing()
    {
        PlanSection section = Open("{}");
        Assert.Equal(7, section.Int32("x", 0, 9, 7));
        Assert.Equal(0.25, section.Number("x", 0, 9, 0.25));
        Assert.True(section.Flag("x", true));
        Assert.Equal("none", section.String("x", "none"));
        Assert.Empty(section.Strings("x"));
        Assert.Null(section.Section("x"));
        Assert.Empty(section.Sections("x", 3));
        Assert.False(section.Has("x"));
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("""{"x":10}""", "place: x is 10; expected a whole number from 0 to 9.")]
    [InlineData("""{"x":-1}""", "place: x is -1; expected a whole number from 0 to 9.")]
    [InlineData("""{"x":1.5}""", "place: x is 1.5; expected a whole number from 0 to 9.")]
    [InlineData("""{"x":"1"}""", "place: x is \"1\"; expected a whole number from 0 to 9.")]
    [InlineData("""{"x":99999999999999999999}""", "place: x is 99999999999999999999; expected a whole number from 0 to 9.")]
    [InlineData("{}", "place: x is missing.")]
    [InlineData("[]", "place is an array of 0; expected an object.")]
    public void Wrong_numbers_are_noted_and_stood_in_for(string json, string message)
    {
        Assert.Equal(0, Open(json).Int32("x", 0, 9));
        Assert.Equal(message, faults[0]);
    }

    [Theory]
    [InlineData("""{"x":[1,2,3]}""", "place: x has 3 entries; expected 1 to 2.")]
    [InlineData("""{"x":[]}""", "place: x has 0 entries; expected 1 to 2.")]
    [InlineData("""{"x":[1,50]}""", "place: x[1] is 50; expected a whole number from 0 to 9.")]
    [InlineData("""{"x":{}}""", "place: x is {}; expected an array.")]
    [InlineData("{}", "place: x is missing.")]
    public void Wrong_arrays_are_noted(string json, string message)
    {
        Open(json).Int32s("x", 0, 9, 1, 2);
        Assert.Equal([message], faults);
    }

    [Fact]
    public void One_array_has_one_fault_however_much_is_wrong_with_it()
    {
        Open("""{"x":[-1,-2,-3]}""").Int32s("x", 0, 9, 3, 3);
        Assert.Equal(["place: x[0] is -1; expected a whole number from 0 to 9."], faults);
    }

    [Fact]
    public void Everything_else_of_the_wrong_kind_is_noted_too()
    {
        PlanSection section = Open("""{"n":"1","f":1,"s":2,"l":[1],"o":3,"m":[4],"big":1e999}""");
        section.Number("n", 0, 1);
        section.Number("big", 0, 1);
        section.Flag("f", true);
        section.String("s");
        section.Strings("l");
        section.Section("o");
        section.Sections("m", 1);
        section.Sections("m", 0);
        section.Number("absent", 0, 1);
        section.String("absent");
        Assert.Equal(
            [
                "place: n is \"1\"; expected a number from 0 to 1.", "place: big is 1e999; expected a number from 0 to 1.", "place: f is 1; expected true or false.",
                "place: s is 2; expected a string.", "place: l is an array of 1; expected an array of strings.", "place.o is 3; expected an object.",
                "place.m[0] is 4; expected an object.", "place: m is an array of 1; expected an array of at most 0 objects.", "place: absent is missing.", "place: absent is missing.",
            ],
            faults);
    }

    [Fact]
    public void A_long_value_is_quoted_in_part()
    {
        Open($$"""{"x":"{{new string('y', 500)}}"}""").Int32("x", 0, 9);
        Assert.InRange(faults[0].Length, 60, 140);
    }

    [Fact]
    public void Another_reader_gets_a_fault_list_of_its_own()
    {
        var other = new List<string>();
        Open("{}").WithFaults(other).Fault("field", "is odd");
        Assert.Empty(faults);
        Assert.Equal(["place: field is odd."], other);
    }

    private PlanSection Open(string json) => new(JsonDocument.Parse(json).RootElement, "place", faults);
}
