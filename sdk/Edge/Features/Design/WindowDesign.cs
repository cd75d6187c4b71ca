namespace Edge.Features.Design;

/// <summary>Window functions in Q30.</summary>
internal static class WindowDesign
{
    /// <summary>The window of <paramref name="kind"/>, [samples].</summary>
    public static int[] WindowQ30(WindowKind kind, int samples)
    {
        var window = new int[samples];
        for (int i = 0; i < samples; i++)
        {
            double value = kind switch
            {
                WindowKind.HannPeriodic => 0.5 - 0.5 * PortableMath.CosTurn(i, samples),
                WindowKind.HannSymmetric => 0.5 - 0.5 * PortableMath.CosTurn(i, samples - 1),
                WindowKind.Povey => Povey(0.5 - 0.5 * PortableMath.CosTurn(i, samples - 1)),
                WindowKind.Hamming => 0.54 - 0.46 * PortableMath.CosTurn(i, samples - 1),
                _ => 1,
            };
            window[i] = (int)Math.Floor(value * (1 << 30) + 0.5);
        }

        return window;
    }

    private static double Povey(double hann) => hann > 0 ? PortableMath.Pow(hann, 0.85) : 0;
}
