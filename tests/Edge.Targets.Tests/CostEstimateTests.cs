using Edge.Detection;
using Edge.Numerics;
using Edge.Tests;

namespace Edge.Targets.Tests;

public class CostEstimateTests
{
    [Fact]
    public void A_model_that_is_too_slow_or_too_large_does_not_fit()
    {
        CostEstimate encoder = Estimate("speech-encoder", Boards.Named("cortex-m4"));
        Assert.False(encoder.Fits);
        Assert.True(encoder.CoreShare > 1);

        Board small = Boards.Named("cortex-m4") with { Firmware = Boards.Named("cortex-m4").Firmware! with { RamKiB = 4 } };
        Assert.False(Estimate("wake-words", small).Fits);
        Board withoutFlash = small with { Firmware = small.Firmware! with { RamKiB = 640, FlashKiB = 128 } };
        Assert.False(Estimate("wake-words", withoutFlash).Fits);
    }

    [Fact]
    public void Wake_words_fit_on_every_board()
    {
        foreach (Board board in Boards.All.Boards)
        {
            Assert.True(Estimate("wake-words", board).Fits, board.Name);
        }
    }

    [Fact]
    public void Half_the_rate_and_half_the_clock_take_twice_the_time()
    {
        Board board = Boards.Named("pi-4");
        Board half = board with
        {
            Processor = board.Processor with { ClockMHz = board.Processor.ClockMHz / 2 },
            Rate = board.Rate with { MacsPerSecond = board.Rate.MacsPerSecond / 2 },
        };
        Assert.Equal(2 * Estimate("wake-words", board).CoreShare, Estimate("wake-words", half).CoreShare, 5);
    }

    // Microseconds of a step with its frames of the front end, as `edge bench` of the board's own program showed on two cores of an AMD EPYC: step_us_p50
    // and front_end_us_per_frame_p50, the least of eight runs.
    [Theory]
    [InlineData("x64", "digits", 6.5)]
    [InlineData("x64", "sound-events-tiny", 371)]
    [InlineData("x64", "speech-emotion", 10.3)]
    [InlineData("x64", "speech-encoder", 8990)]
    [InlineData("x64", "wake-words", 7.9)]
    [InlineData("x64-baseline", "digits", 12.4)]
    [InlineData("x64-baseline", "speech-emotion", 33.1)]
    [InlineData("x64-baseline", "wake-words", 12.0)]
    public void An_estimate_is_within_a_factor_of_three_of_what_was_measured(string board, string model, double measuredUs)
    {
        double ratio = Estimate(model, Boards.Named(board)).StepTime.TotalMicroseconds / measuredUs;
        Assert.InRange(ratio, 1 / 3.0, 3);
    }

    private static CostEstimate Estimate(string name, Board board)
    {
        using AudioModel model = AudioModel.Load(Repository.PathTo("samples", "models", $"{name}.edge"), KernelSet.Vector128);
        return CostEstimate.Of(model, board);
    }
}
