using Edge.Inference;
using Edge.OnnxRuntime;
using Edge.Quantization.Compilation;
using Edge.Quantization.Graph;
using Edge.Quantization.Graph.Onnx;

namespace Edge.Quantization.Tests.Compilation;

/// <summary>How the integer engine and ONNX Runtime agree on a quantized graph over random inputs.</summary>
/// <param name="Outputs">Outputs compared.</param>
/// <param name="Near">Of these, within one step of the output's scale.</param>
/// <param name="Rows">Rows of classes compared.</param>
/// <param name="SameTop">Of these, with the same largest class.</param>
internal sealed record Agreement(int Outputs, int Near, int Rows, int SameTop)
{
    public double NearShare => Near / (double)Outputs;

    public double TopShare => SameTop / (double)Rows;

    /// <summary>Runs both over inputs of a shape.</summary>
    public static Agreement Measure(ModelGraph graph, PlanDraft draft, int inputs, params long[] shape)
    {
        var random = new Random(5);
        using Model model = Model.Load(EdgeFile.Write(draft, "agreement", []), "agreement");
        using OnnxSession onnx = OnnxSession.Open(OnnxWriter.Write(graph));
        var quantize = new QuantizationParameters((float)draft.Input!.Scale, draft.Input.ZeroPoint);
        (float scale, int zeroPoint) = ((float)draft.Output!.Scale, draft.Output.ZeroPoint);
        var agreement = new Agreement(0, 0, 0, 0);
        for (int i = 0; i < inputs; i++)
        {
            OnnxTensor input = GraphSketch.Input(random, shape);
            sbyte[] ours = StreamingProof.Stream(model, Array.ConvertAll(input.Elements<float>(), feature => quantize.Quantize(feature)));
            float[] theirs = onnx.Run(new Dictionary<string, OnnxTensor> { [graph.Inputs[0].Name] = input })[graph.Outputs[0].Name].Elements<float>();
            int[] expected = Array.ConvertAll(theirs, value => (int)Math.Round(value / scale) + zeroPoint);
            Assert.Equal(expected.Length, ours.Length);
            agreement = agreement.And(ours, expected, draft.Output.Shape[^1]);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"within 1: {agreement.Near} of {agreement.Outputs} ({agreement.NearShare:P3}); same top: {agreement.SameTop} of {agreement.Rows} ({agreement.TopShare:P2})");
        return agreement;
    }

    private Agreement And(ReadOnlySpan<sbyte> ours, ReadOnlySpan<int> theirs, int classes)
    {
        (int near, int same) = (Near, SameTop);
        for (int i = 0; i < ours.Length; i++)
        {
            near += Math.Abs(ours[i] - theirs[i]) <= 1 ? 1 : 0;
        }

        for (int row = 0; row < ours.Length; row += classes)
        {
            int best = 0;
            for (int c = 1; c < classes; c++)
            {
                best = theirs[row + c] > theirs[row + best] ? c : best;
            }

            // Where ours has two classes alike in front, either is the top one.
            sbyte highest = sbyte.MinValue;
            foreach (sbyte value in ours.Slice(row, classes))
            {
                highest = Math.Max(highest, value);
            }

            same += ours[row + best] == highest ? 1 : 0;
        }

        return new Agreement(Outputs + ours.Length, near, Rows + ours.Length / classes, same);
    }
}
