using System.Diagnostics;

namespace Edge.Hosting.Tests.Actions;

/// <summary>Waits for what happens on other threads.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Returns once the condition holds; fails the test where it does not for half a minute.</summary>
    public static async Task HoldsAsync(Func<bool> condition, Func<string>? found = null)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Limit, $"It did not happen within {Limit.TotalSeconds} s; found {found?.Invoke()}.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
