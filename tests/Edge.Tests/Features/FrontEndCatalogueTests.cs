using Edge.Features;
using Edge.Features.Design;

namespace Edge.Tests.Features;

public class FrontEndCatalogueTests
{
    public static TheoryData<string> Names() => [.. FrontEndCatalogue.All.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_entry_is_found_by_its_name_and_can_be_made(string name)
    {
        NamedFrontEnd entry = FrontEndCatalogue.Find(name)!;
        Assert.Equal(name, entry.Name);
        Assert.Equal(entry.Options, FrontEnd.Create(entry.Options).Options);
        Assert.InRange(entry.Description.Length, 10, 110);
        Assert.Empty(entry.Quantizer?.Faults() ?? []);
    }

    [Fact]
    public void Names_stand_in_order_and_an_unknown_one_is_not_found()
    {
        string[] names = [.. FrontEndCatalogue.All.Select(entry => entry.Name)];
        Assert.Equal(names.Order(StringComparer.Ordinal).Distinct(), names);
        Assert.Null(FrontEndCatalogue.Find("yamnet2"));
        Assert.Null(FrontEndCatalogue.Find(""));
    }

    [Fact]
    public void Micro_features_meet_the_grid_of_microWakeWord()
    {
        NamedFrontEnd entry = FrontEndCatalogue.Find("micro-10ms")!;
        FeatureQuantizer quantizer = QuantizerDesign.Create(entry, (double)0.10196078568696976f, -128); // as models store 26/255
        for (int feature = 0; feature <= 670; feature++)
        {
            // feature/25.6 over 26/255 is feature·1275/3328, and no feature lies on a half.
            int nearest = (2 * feature * 1275 + 3328) / (2 * 3328);
            Assert.Equal(Math.Min(nearest - 128, 127), Quantize(quantizer, feature));
        }
    }

    [Fact]
    public void Micro_features_meet_the_grid_of_micro_speech()
    {
        NamedFrontEnd entry = FrontEndCatalogue.Find("micro-speech")!;
        FeatureQuantizer quantizer = QuantizerDesign.Create(entry, 0.1017157, -128);
        for (int feature = 0; feature <= 670; feature++)
        {
            int expected = (feature * 256 + 333) / 666 - 128;
            Assert.Equal(Math.Clamp(expected, -128, 127), Quantize(quantizer, feature));
        }
    }

    [Theory]
    [InlineData("mlperf-kws", 0.5847029089927673, 83, 1)]
    [InlineData("mlperf-ad", 0.39101523, 89, 4.3429448190325175)]
    [InlineData("yamnet", 0.0470588, 20, 1)]
    public void The_step_of_the_input_that_is_nearest_to_the_real_value_is_taken(string name, double scale, int zeroPoint, double unit)
    {
        FeatureQuantizer quantizer = QuantizerDesign.Create(FrontEndCatalogue.Find(name)!, scale, zeroPoint);
        for (int feature = -3_000_000; feature < 3_000_000; feature += 977)
        {
            double real = feature / 65536.0 * unit / scale + zeroPoint;
            Assert.InRange(Quantize(quantizer, feature) - Math.Clamp(real, -128, 127), -0.5001, 0.5001);
        }
    }

    [Theory]
    [InlineData(6, 0.0371, -128)]
    [InlineData(16, 0.5847, 83)]
    [InlineData(15, 1 / 128.0, 0)]
    public void The_step_nearest_to_a_feature_s_own_real_value_is_taken(int fractionBits, double scale, int zeroPoint)
    {
        FeatureQuantizer quantizer = QuantizerDesign.Create(fractionBits, scale, zeroPoint);
        for (int feature = -70_000; feature < 70_000; feature += 7)
        {
            double real = Math.ScaleB(feature, -fractionBits) / scale + zeroPoint;
            Assert.InRange(Quantize(quantizer, feature) - Math.Clamp(real, -128, 127), -0.5001, 0.5001);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e-20)]
    [InlineData(1e20)]
    public void A_scale_that_no_feature_meets_is_refused(double scale) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantizerDesign.Create(FrontEndCatalogue.Find("yamnet")!, scale, 0));

    [Theory]
    [InlineData(16, 1e-9)]
    [InlineData(16, 1e3)]
    [InlineData(0, 1e-3)]
    [InlineData(6, 0.5)]
    public void A_designed_quantizer_has_no_faults(int fractionBits, double scale) =>
        Assert.Empty(QuantizerDesign.Create(fractionBits, scale, 0).Faults());

    private static int Quantize(FeatureQuantizer quantizer, int feature)
    {
        var quantized = new sbyte[1];
        quantizer.Quantize([feature], quantized);
        return quantized[0];
    }
}
