namespace Edge.Features.Design;

/// <summary>The matrix of the cosine transform, lifter included.</summary>
internal static class DctDesign
{
    /// <summary>The matrix in Q24, [coefficients, bands]; with a lifter of up to 100 no entry reaches 128.</summary>
    public static int[] MatrixQ24(MfccOptions options)
    {
        var matrix = new int[options.Coefficients * options.Bands];
        for (int k = 0; k < options.Coefficients; k++)
        {
            double scale = Math.Sqrt((k == 0 && options.Scaling == DctScaling.Orthonormal ? 1.0 : 2.0) / options.Bands);
            double lifter = options.Lifter == 0 ? 1 : 1 + options.Lifter / 2.0 * PortableMath.SinTurn(k, 2 * options.Lifter);
            for (int band = 0; band < options.Bands; band++)
            {
                double cosine = PortableMath.CosTurn(k * (2 * band + 1), 4 * options.Bands);
                matrix[k * options.Bands + band] = (int)Math.Floor(scale * lifter * cosine * (1 << 24) + 0.5);
            }
        }

        return matrix;
    }
}
