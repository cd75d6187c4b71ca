using Edge.Quantization.Graph.TfLite;

namespace Edge.Quantization.Tests.TfLite.Reference;

/// <summary>One operator with the tensors that it reads and writes; options are read by the field numbers of TensorFlow Lite's schema.</summary>
internal sealed record OperatorCall(
    TfLiteOperator Operator, ReferenceTensor?[] Inputs, ReferenceTensor[] Outputs, TfLiteTensor?[] Intermediates, ReferenceRounding Rounding)
{
    public FlatTable Options => Operator.Options;

    public ReferenceTensor Input => Required(0);

    public ReferenceTensor Output => Outputs[0];

    public Multiplier Factor(double factor) => Multiplier.Of(factor, Rounding);

    public ReferenceTensor Required(int index) => Optional(index) ?? throw new NotSupportedException($"{Operator} lacks input {index}.");

    public ReferenceTensor? Optional(int index) => index < Inputs.Length ? Inputs[index] : null;
}
