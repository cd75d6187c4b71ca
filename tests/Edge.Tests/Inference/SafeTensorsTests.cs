using System.Buffers.Binary;
using System.Text;
using Edge.Inference;

namespace Edge.Tests.Inference;

public class SafeTensorsTests
{
    private const string Two = """{"__metadata__":{"a":"b"},"t":{"dtype":"I16","shape":[2,1],"data_offsets":[0,4]},"u":{"dtype":"I8","shape":[],"data_offsets":[4,5]}}""";

    public static TheoryData<string, string> Faults { get; } = new()
    {
        { "[1]", "The header is a JSON Array; expected an object" },
        { "{\"t\":", "is not JSON" },
        { "{\"__metadata__\":[]}", "__metadata__ is a JSON Array; expected an object of strings" },
        { "{\"__metadata__\":{\"n\":1}}", "__metadata__.n is a JSON Number; expected a string" },
        { "{\"t\":5}", "tensor 't' is 5; expected an object" },
        { "{\"t\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", "tensor 't': dtype is 'F32'; expected I8, I16 or I32" },
        { "{\"t\":{\"dtype\":\"int8\",\"shape\":[],\"data_offsets\":[0,1]}}", "tensor 't': dtype is 'int8'" },
        { "{\"t\":{\"shape\":[],\"data_offsets\":[0,5]}}", "tensor 't': dtype is missing" },
        { "{\"t\":{\"dtype\":\"I8\",\"data_offsets\":[0,5]}}", "tensor 't': shape is missing" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[-5],\"data_offsets\":[0,5]}}", "tensor 't': shape[0] is -5" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[1,1,1,1,1,1,5],\"data_offsets\":[0,5]}}", "tensor 't': shape has 7 entries; expected 0 to 6" },
        { "{\"t\":{\"dtype\":\"I32\",\"shape\":[2147483647,2147483647,2147483647],\"data_offsets\":[0,5]}}", "tensor 't': data_offsets span 5 bytes; shape" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[5],\"data_offsets\":[0]}}", "tensor 't': data_offsets has 1 entries; expected 2 to 2" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[5],\"data_offsets\":[5,0]}}", "tensor 't': data_offsets span -5 bytes; shape [5] of I8 needs 5" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[6],\"data_offsets\":[0,6]}}", "tensor 't': data_offsets[1] is 6; expected a whole number from 0 to 5" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,5]}}", "span 5 bytes; shape [4] of I8 needs 4" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[1,5]}}", "Tensor 't' begins at byte 73; the one before it ends at 72" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}", "The tensors end at byte 76; the file ends at 77. It is cut short or has bytes added." },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[5],\"data_offsets\":[0,5]},\"t\":{\"dtype\":\"I8\",\"shape\":[5],\"data_offsets\":[0,5]}}", "Tensor 't' is there twice" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[5],\"data_offsets\":[0,5]},\"u\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[2,4]}}", "Tensor 'u' begins at byte" },
        { "{\"t\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},\"u\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[1,5]}}", "I32 must be aligned to 4 bytes" },
        { "{\"\\ud800\":{}}", "is not JSON" },
        { "{\"__metadata__\":{\"a\":\"\\ud800\"}}", "is not JSON" },
        { "{\"t\":{\"dtype\":\"\\udfff\",\"shape\":[5],\"data_offsets\":[0,5]}}", "is not JSON" },
        { "{\"t\":[[[[[[[[[1]]]]]]]]]}", "is not JSON" },
    };

    [Fact]
    public void Metadata_and_tensors_are_found_where_the_header_says()
    {
        var faults = new List<string>();
        SafeTensors shell = SafeTensors.Read(File(Two, 5), faults)!;
        Assert.Empty(faults);
        Assert.Equal("b", shell.Metadata["a"]);
        Assert.Equal((ElementType.Int16, 4), (shell.Tensors["t"].Type, shell.Tensors["t"].Length));
        Assert.Equal([2, 1], shell.Tensors["t"].Shape);
        Assert.Empty(shell.Tensors["u"].Shape);
        Assert.Equal(shell.Tensors["t"].Offset + 4, shell.Tensors["u"].Offset);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Every_check_says_what_it_found(string header, string message)
    {
        var faults = new List<string>();
        SafeTensors.Read(File(header, 5, pad: header.Length < 64 ? 64 : 0), faults);
        Assert.True(faults.Any(f => f.Contains(message, StringComparison.Ordinal)), $"No fault says '{message}': {string.Join("\n", faults)}");
    }

    [Fact]
    public void A_faulty_entry_is_not_reported_as_a_hole_besides()
    {
        var faults = new List<string>();
        SafeTensors.Read(File(Two.Replace("I16", "F16", StringComparison.Ordinal), 5), faults);
        Assert.Equal("tensor 't': dtype is 'F16'; expected I8, I16 or I32.", Assert.Single(faults));
    }

    [Fact]
    public void Names_that_are_no_UTF8_are_a_fault()
    {
        byte[] file = File("{\"?\":{\"dtype\":\"I8\",\"shape\":[5],\"data_offsets\":[0,5]}}", 5);
        file[8 + 2] = 0xff;
        var faults = new List<string>();
        SafeTensors.Read(file, faults);
        Assert.Contains("is not JSON", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void A_file_too_short_for_a_header_is_a_fault(int length)
    {
        var faults = new List<string>();
        Assert.Null(SafeTensors.Read(new byte[length], faults));
        Assert.Contains($"The file holds {length} bytes; the smallest safetensors file holds 10", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3UL)]
    [InlineData(1UL << 40)]
    [InlineData(ulong.MaxValue)]
    public void A_header_longer_than_the_file_is_a_fault(ulong length)
    {
        var file = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        var faults = new List<string>();
        Assert.Null(SafeTensors.Read(file, faults));
        Assert.Contains($"announce a header of {length} bytes; the file has 2 more", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_TensorFlow_Lite_model_is_told_from_other_files()
    {
        var faults = new List<string>();
        Assert.Null(SafeTensors.Read("\x1c\0\0\0TFL3\0\0\0\0"u8.ToArray(), faults));
        Assert.Contains("edgec import", Assert.Single(faults), StringComparison.Ordinal);
    }

    /// <summary>A header, padded with spaces to a multiple of 4 or to <paramref name="pad"/>, and bytes behind it.</summary>
    private static byte[] File(string header, int dataBytes, int pad = 0)
    {
        byte[] json = Encoding.UTF8.GetBytes(header.PadRight(Math.Max((header.Length + 3) & ~3, pad)));
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        return [.. length, .. json, .. new byte[dataBytes]];
    }
}
