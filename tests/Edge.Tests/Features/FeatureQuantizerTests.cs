using System.Numerics;
using Edge.Features;

namespace Edge.Tests.Features;

public class FeatureQuantizerTests
{
    [Fact]
    public void Micro_speech_form_equals_truncating_division()
    {
        var quantizer = new FeatureQuantizer { Numerator = 256, Offset = 333, Denominator = 666, ZeroPoint = -128 };
        for (int feature = 0; feature < 700; feature++)
        {
            Assert.Equal((sbyte)Math.Clamp(((feature * 256) + 333) / 666 - 128, -128, 127), Quantized(quantizer, feature));
        }
    }

    [Fact]
    public void Micro_wake_word_form_rounds_to_nearest()
    {
        var quantizer = new FeatureQuantizer { Numerator = 1275, Offset = 1664, Denominator = 3328, ZeroPoint = -128 };
        for (int feature = 0; feature < 700; feature++)
        {
            // feature/25.6 at scale 26/255 and zero point -128.
            double expected = Math.Clamp(Math.Round(feature / 25.6 / (26.0 / 255), MidpointRounding.AwayFromZero) - 128, -128, 127);
            Assert.Equal(expected, Quantized(quantizer, feature));
        }
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(3, 5, 8)]
    [InlineData(-3, 5, 8)]
    [InlineData(-7, -4, 9)]
    [InlineData(2147483647, 1L << 62, 1L << 62)]
    [InlineData(2147483647, 1L << 62, (1L << 62) - 1)]
    [InlineData(-2147483647, -(1L << 62), 1L << 55)]
    public void Division_is_floored_whether_a_shift_does_it_or_not(long numerator, long offset, long denominator)
    {
        var quantizer = new FeatureQuantizer { Numerator = numerator, Offset = offset, Denominator = denominator, ZeroPoint = 3 };
        Assert.Empty(quantizer.Faults());
        foreach (int feature in (int[])[int.MinValue, -1000, -9, -8, -7, -1, 0, 1, 7, 8, 9, 1000, int.MaxValue])
        {
            BigInteger scaled = new BigInteger(feature) * numerator + offset;
            BigInteger floor = BigInteger.Divide(scaled - (scaled < 0 ? denominator - 1 : 0), denominator) + 3;
            var words = new short[1];
            quantizer.Quantize([feature], words);
            Assert.Equal((short)BigInteger.Max(BigInteger.Min(floor, short.MaxValue), short.MinValue), words[0]);
            Assert.Equal((sbyte)BigInteger.Max(BigInteger.Min(floor, sbyte.MaxValue), sbyte.MinValue), Quantized(quantizer, feature));
        }
    }

    [Fact]
    public void Every_bad_parameter_is_named()
    {
        var quantizer = new FeatureQuantizer { Numerator = 1L << 31, Offset = long.MinValue, Denominator = 0, ZeroPoint = 40_000 };
        Assert.Equal(["Numerator", "Offset", "Denominator", "ZeroPoint"], quantizer.Faults().Select(fault => fault.Split(' ')[0]));
        Assert.Equal(["Denominator"], default(FeatureQuantizer).Faults().Select(fault => fault.Split(' ')[0]));
        Assert.Empty(new FeatureQuantizer().Faults());
    }

    [Fact]
    public void Too_short_a_destination_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new FeatureQuantizer().Quantize(new int[3], new sbyte[2]));
        Assert.Throws<ArgumentException>(() => new FeatureQuantizer().Quantize(new int[3], new short[2]));
    }

    private static sbyte Quantized(FeatureQuantizer quantizer, int feature)
    {
        var bytes = new sbyte[1];
        quantizer.Quantize([feature], bytes);
        return bytes[0];
    }
}
