using Edge.Detection;
using Edge.Hosting.Listening;

namespace Edge.Hosting.Tests.Listening;

public class ModelBankTests
{
    [Fact]
    public void Several_models_hear_on_one_source_what_each_hears_alone()
    {
        using var fixture = new BankFixture(TestModels.Options(
            TestModels.WakeWords("first"), TestModels.Bundled("digits"), TestModels.WakeWords("second"), TestModels.Bundled("speech-emotion")));
        fixture.Hear(TestModels.Keywords);
        fixture.Bank.Finish();

        Assert.Equal(15, fixture.Of("first").Count);
        Assert.Equal(BankFixture.Alone("first", TestModels.Keywords), fixture.Of("first"));
        Assert.Equal(BankFixture.Alone("second", TestModels.Keywords), fixture.Of("second"));
        Assert.Equal(5, fixture.Of("digits").Count);
        Assert.Equal(5, fixture.Of("speech-emotion").Count);
    }

    [Theory]
    [InlineData(2_000, 20_000)]
    [InlineData(5_000, 6_000)]
    public void A_model_of_a_cascade_hears_the_events_within_its_window_that_it_hears_without_one(int replayMs, int forMs)
    {
        var when = new CascadeOptions { Model = "gate", Label = "alexa", ReplayMs = replayMs, ForMs = forMs };
        using var fixture = new BankFixture(TestModels.Options(TestModels.WakeWords("gated", when: when), TestModels.WakeWords("gate")));
        fixture.Hear(TestModels.Keywords);
        fixture.Bank.Finish();

        // What triggers it lies in the past that is replayed, so it is heard too. A second of that is for the front end to get used to the room.
        TimeSpan[] triggers = [.. fixture.Of("gate").Where(heard => heard.Label == "alexa").Select(heard => heard.End)];
        TimeSpan before = TimeSpan.FromMilliseconds(replayMs - 1_000);
        TimeSpan after = TimeSpan.FromMilliseconds(forMs);
        AudioEvent[] expected = [.. BankFixture.Alone("gated", TestModels.Keywords).Where(heard => triggers.Any(told => heard.End >= told - before && heard.End <= told + after))];
        Assert.Equal(3, triggers.Length);
        Assert.InRange(expected.Length, 5, 14);
        Assert.Equal(expected.Select(heard => heard.Label), fixture.Of("gated").Select(heard => heard.Label));
        Assert.All(expected.Zip(fixture.Of("gated")), pair =>
        {
            Assert.InRange(pair.Second.End - pair.First.End, TimeSpan.FromMilliseconds(-40), TimeSpan.FromMilliseconds(40));
            Assert.InRange(pair.Second.Score - pair.First.Score, -0.03, 0.03);
        });
    }

    [Fact]
    public void A_model_of_a_cascade_takes_nothing_while_it_waits()
    {
        var when = new CascadeOptions { Model = "gate", Label = "alexa" };
        using var fixture = new BankFixture(TestModels.Options(TestModels.WakeWords("gated", when: when), TestModels.WakeWords("gate")));
        fixture.Hear(TestModels.Keywords[..(7 * TestModels.RateHz)]); // the word ends at 7.5 s

        Assert.Equal(ModelState.Waiting, fixture.Runner("gated").State);
        Assert.Equal(0, fixture.Runner("gated").Cost.Share);
        Assert.DoesNotContain("edge_frame_duration_seconds_count{model=\"gated\"}", fixture.Page.Page());
    }

    [Fact]
    public void A_cascade_of_three_runs_from_model_to_model()
    {
        using var fixture = new BankFixture(TestModels.Options(
            TestModels.WakeWords("third", when: new CascadeOptions { Model = "second", Label = "jarvis" }),
            TestModels.WakeWords("second", when: new CascadeOptions { Model = "first", Label = "alexa", ForMs = 15_000 }),
            TestModels.WakeWords("first")));
        fixture.Hear(TestModels.Keywords);
        fixture.Bank.Finish();

        Assert.Equal(["first", "second", "third"], fixture.Bank.Runners.Select(runner => runner.Name));
        Assert.Contains(fixture.Of("third"), heard => heard.Label == "smart mirror"); // at 16.9 s, after jarvis at 15.2 s, after alexa at 7 s
        Assert.DoesNotContain(fixture.Of("third"), heard => heard.End < TimeSpan.FromSeconds(15));
    }

    [Fact]
    public void A_model_that_is_replaced_mid_stream_by_its_equal_misses_and_repeats_nothing()
    {
        ReadOnlySpan<short> sound = TestModels.Keywords[..(25 * TestModels.RateHz)];
        List<AudioEvent> expected = BankFixture.Alone("words", sound);
        foreach (double second in new[] { 3.9, 4.4, 16.6 }) // within a word, shortly after it, and a second after another
        {
            EdgeOptions options = TestModels.Options(TestModels.WakeWords("words"));
            using var fixture = new BankFixture(options);
            int at = (int)(second * TestModels.RateHz);
            fixture.Hear(sound[..at]);
            LoadedModel before = fixture.Runner("words").Loaded;
            fixture.Runner("words").Offer(new ModelStream(TestModels.Load(options)[0], TestModels.RateHz));
            fixture.Hear(sound[at..]);
            fixture.Bank.Finish();

            Assert.NotSame(before, fixture.Runner("words").Loaded);
            Assert.Equal(expected, fixture.Heard);
            Assert.Contains("listens from", Assert.Single(fixture.Notices()));
        }
    }

    [Fact]
    public void Blocks_allocate_nothing_with_cascades_and_metrics()
    {
        var when = new CascadeOptions { Model = "gate", Label = "alexa" };
        using var fixture = new BankFixture(TestModels.Options(
            TestModels.WakeWords("gate"), TestModels.WakeWords("gated", when: when), TestModels.Bundled("sound-events-tiny")));
        short[] hum = new short[30 * TestModels.RateHz];
        for (int i = 0; i < hum.Length; i++)
        {
            hum[i] = (short)((i * 7919 % 201) - 100);
        }

        fixture.Hear(TestModels.Keywords[..(10 * TestModels.RateHz)]);
        fixture.Hear(hum.AsSpan(0, 5 * TestModels.RateHz));
        fixture.Heard.Clear();
        long before = GC.GetAllocatedBytesForCurrentThread();
        fixture.Hear(hum);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Empty(fixture.Heard);
    }

    [Fact]
    public void A_model_over_the_budget_gives_way_and_comes_back_once_there_is_room()
    {
        // Three models of 20, 20 and 10 % of a core; from 20 s on the second one takes 2 %.
        var clock = new ScriptedClock(0.20, 0.20, 0.10);
        EdgeOptions options = TestModels.Options(TestModels.WakeWords("vital", priority: 0), TestModels.WakeWords("dear", priority: 2), TestModels.WakeWords("cheap", priority: 2));
        options.CpuBudget = 0.4;
        using var fixture = new BankFixture(options, clock);

        fixture.Hear(TestModels.Keywords[..(15 * TestModels.RateHz)]);
        Assert.Equal(ModelState.GivenWay, fixture.Runner("dear").State); // of the largest number, the one that costs most
        Assert.Equal(ModelState.Running, fixture.Runner("cheap").State);
        Assert.Equal(ModelState.Running, fixture.Runner("vital").State);
        Assert.Contains("dear (priority 2) gives way: the models take 50 % of a core, it 20 %; their budget is 40 %.", fixture.Notices());

        clock.Shares[0] = 0.05;
        fixture.Hear(TestModels.Keywords[(15 * TestModels.RateHz)..]);
        fixture.Bank.Finish();
        Assert.Equal(ModelState.Running, fixture.Runner("dear").State);
        Assert.Contains("dear comes back", Assert.Single(fixture.Notices()));
        AudioEvent last = fixture.Of("dear")[^1];
        Assert.Equal(fixture.Of("vital")[^1] with { Model = "dear" }, last);
        Assert.InRange(fixture.Of("dear").Count, 3, 12);
        Assert.Equal(15, fixture.Of("vital").Count);
    }

    /// <summary>Work that takes given shares of a core, whatever it takes.</summary>
    private sealed class ScriptedClock(params double[] shares) : TimeProvider
    {
        private long now;
        private int call;

        public double[] Shares => shares;

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp()
        {
            // The bank asks before the first model and after each.
            int model = (call++ % (shares.Length + 1)) - 1;
            now += model < 0 ? 0 : (long)(shares[model] * TimestampFrequency * BankFixture.BlockSamples / TestModels.RateHz);
            return now;
        }
    }
}
