using Edge.Quantization.Calibration;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Analysis.Comparison;

/// <summary>A model that runs samples and shows every activation in real values, whatever engine runs it.</summary>
public abstract class ModelRunner : IDisposable
{
    /// <summary>What messages call it: file and engine.</summary>
    public abstract string Name { get; }

    /// <summary>What a sample must hold.</summary>
    public abstract IReadOnlyList<ValueInfo> Inputs { get; }

    /// <summary>The real values that the input can be quantized to, Step apart; null for a float model.</summary>
    public abstract (double Min, double Max, double Step)? InputRange { get; }

    /// <summary>Name of the first input as <see cref="ActivationTensor.Name"/> has it.</summary>
    public abstract string Input { get; }

    /// <summary>Name of the tensor that is the result.</summary>
    public abstract string Output { get; }

    /// <summary>The parts of a sample that this model can run whole: itself, its whole steps, or its windows.</summary>
    /// <exception cref="InvalidDataException">The sample does not fit the model.</exception>
    public virtual IEnumerable<CalibrationSample> Cut(CalibrationSample sample) => [sample];

    /// <summary>Forgets what was run before: states have their first values again.</summary>
    public virtual void Reset()
    {
    }

    /// <summary>Runs a sample (or, after <see cref="Reset"/>, the next part of one) and shows its activations in the order of execution, the input first.</summary>
    /// <exception cref="InvalidDataException">The sample does not fit the model.</exception>
    public abstract void Run(CalibrationSample sample, ActivationVisitor visitor);

    /// <inheritdoc/>
    public abstract void Dispose();
}
