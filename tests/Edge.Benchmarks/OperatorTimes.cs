using System.Diagnostics;
using Edge.Inference;

namespace Edge.Benchmarks;

/// <summary>What each operator of a model takes: the least of many steps.</summary>
internal static class OperatorTimes
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(4);

    public static void Print(TextWriter output, Model model)
    {
        Session session = model.CreateSession();
        var best = new double[model.Steps.Length];
        Array.Fill(best, double.MaxValue);
        var step = new double[model.Steps.Length];
        var clock = Stopwatch.StartNew();
        for (int steps = 0; steps < 200 || clock.Elapsed < Length; steps++)
        {
            int i = 0;
            long last = Stopwatch.GetTimestamp();
            session.Step((tensor, _) =>
            {
                if (i == best.Length || !ReferenceEquals(tensor, model.Steps[i].Output))
                {
                    return; // a state that the operator keeps behind its output
                }

                long now = Stopwatch.GetTimestamp();
                step[i] = (now - last) * 1e6 / Stopwatch.Frequency;
                best[i] = Math.Min(best[i], step[i]);
                i++;
                last = Stopwatch.GetTimestamp();
            });
        }

        for (int i = 0; i < best.Length; i++)
        {
            var op = model.Steps[i];
            output.WriteLine($"  {op.Kind,-24} {string.Join("x", op.Output.Shape),-14} {best[i],8:0.00} µs {op.MultiplyAccumulates,10} MAC {op.MultiplyAccumulates / best[i] / 1000,6:0.0} GMAC/s");
        }

        output.WriteLine($"  {"all",-39} {best.Sum(),8:0.00} µs {model.Steps.Sum(op => op.MultiplyAccumulates),10} MAC");
    }
}
