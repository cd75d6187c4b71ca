using System.Device.Gpio;
using Edge.Devices.Gpio;
using Edge.Hosting.Actions;

namespace Edge.Devices.Tests.Gpio;

public class GpioActionTests
{
    private readonly RecordingDriver driver = new();

    [Fact]
    public async Task An_event_turns_the_pin_on_for_its_time()
    {
        await using GpioAction action = Make(activeLow: false);
        Assert.Equal(["open 17", "17 Low"], driver.Calls);
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        Assert.Equal("17 High", driver.Calls[^1]);
        await WaitAsync(() => driver.Calls[^1] == "17 Low");
        Assert.Equal(["open 17", "17 Low", "17 High", "17 Low"], driver.Calls);
    }

    [Fact]
    public async Task A_low_level_turns_it_on_where_that_is_asked_for()
    {
        await using GpioAction action = Make(activeLow: true);
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        Assert.Equal(["open 17", "17 High", "17 Low"], driver.Calls.Take(3));
    }

    [Fact]
    public async Task The_pin_is_given_back_off()
    {
        GpioAction action = Make(activeLow: false, TimeSpan.FromHours(1));
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        await action.DisposeAsync();
        Assert.Equal(["17 High", "17 Low"], driver.Calls.Skip(2).Take(2));
    }

    [Fact]
    public async Task A_pin_that_is_taken_fails_the_event_and_is_asked_for_again()
    {
        driver.Refusal = new InvalidOperationException("busy.");
        await using GpioAction action = Make(activeLow: false);
        IOException failed = await Assert.ThrowsAsync<IOException>(() => action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("cannot take the pin: busy.", failed.Message);
        driver.Refusal = null;
        await action.HandleAsync(Some.Event(), TestContext.Current.CancellationToken);
        Assert.Equal("17 High", driver.Calls[^1]);
    }

    [Theory]
    [InlineData(null, "Pin is missing")]
    [InlineData(-1, "Pin is -1")]
    [InlineData(5000, "Pin is 5000")]
    public void A_faulty_entry_is_told_as_such(int? pin, string fault)
    {
        var faults = new List<string>();
        new GpioKind(Directory.CreateTempSubdirectory("edge-devices-").FullName).Check(new ActionOptions { Pin = pin, OnMs = 0 }, faults);
        Assert.Contains(faults, found => found.Contains(fault, StringComparison.Ordinal));
        Assert.Contains(faults, found => found.Contains("OnMs is 0", StringComparison.Ordinal));
        Assert.Contains(faults, found => found.Contains("has no GPIO", StringComparison.Ordinal));
    }

    private GpioAction Make(bool activeLow, TimeSpan? on = null) => new(() => new GpioController(driver), 17, activeLow, on ?? TimeSpan.FromMilliseconds(20));

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (int i = 0; i < 3000 && !condition(); i++)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.True(condition());
    }
}
