using System.Numerics;
using System.Runtime.InteropServices;
using Edge.OnnxRuntime;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Calibration;

/// <summary>Runs calibration samples through a graph and shows every float value to an observer, one sample in memory at a time.</summary>
public static class ActivationCollector
{
    /// <summary>Shows the observer all float inputs and values of the graph for all samples, as often as it asks.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="samples">The samples; enumerated once a pass, so they may be read from files.</param>
    /// <param name="observer">Keeps what it needs.</param>
    /// <param name="cancellationToken">Stops between two samples.</param>
    /// <returns>Number of samples.</returns>
    /// <exception cref="InvalidDataException">A value is NaN, or there is no sample; the message names value, node and sample.</exception>
    /// <exception cref="ArgumentException">A sample does not fit the graph's inputs.</exception>
    /// <exception cref="OnnxRuntimeException">The native library is missing, or it refuses the graph.</exception>
    public static int Collect(
        ModelGraph graph, IEnumerable<CalibrationSample> samples, IActivationObserver observer, CancellationToken cancellationToken = default)
    {
        using var runner = new FloatRunner(graph);
        int count = 0;
        for (int pass = 0; pass < observer.Passes; pass++)
        {
            observer.BeginPass(pass);
            count = 0;
            foreach (CalibrationSample sample in samples)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Observe(graph, runner, sample, observer);
                count++;
            }
        }

        return count > 0 ? count : throw new InvalidDataException("There are no calibration samples; at least one is needed.");
    }

    /// <summary>As above, with samples that have no names.</summary>
    /// <inheritdoc cref="Collect(ModelGraph, IEnumerable{CalibrationSample}, IActivationObserver, CancellationToken)"/>
    public static int Collect(
        ModelGraph graph,
        IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> samples,
        IActivationObserver observer,
        CancellationToken cancellationToken = default) =>
        Collect(graph, samples.Select((tensors, index) => new CalibrationSample($"sample {index}", tensors)), observer, cancellationToken);

    /// <summary>The range of every float value over the samples.</summary>
    /// <inheritdoc cref="Collect(ModelGraph, IEnumerable{CalibrationSample}, IActivationObserver, CancellationToken)" path="/exception"/>
    public static IReadOnlyDictionary<string, (float Min, float Max)> MinMax(
        ModelGraph graph, IEnumerable<IReadOnlyDictionary<string, OnnxTensor>> samples, CancellationToken cancellationToken = default)
    {
        var observer = new MinMaxObserver();
        Collect(graph, samples, observer, cancellationToken);
        return observer.Ranges;
    }

    private static void Observe(ModelGraph graph, FloatRunner runner, CalibrationSample sample, IActivationObserver observer)
    {
        foreach ((string name, OnnxTensor tensor) in sample.Tensors)
        {
            if (tensor.ElementType == OnnxElementType.Float32)
            {
                Show(name, tensor.Dims, tensor.Elements<float>());
            }
        }

        runner.Run(sample.Tensors, output =>
        {
            if (output.ElementType == OnnxElementType.Float32)
            {
                Show(output.Name, output.Dims, output.Elements<float>());
            }
        });

        void Show(string name, ReadOnlySpan<long> dims, ReadOnlySpan<float> activations)
        {
            int nan = IndexOfNaN(activations);
            if (nan >= 0)
            {
                string maker = graph.ProducerOf(name) is { } node ? $"made by {node}" : "an input";
                throw new InvalidDataException($"Value '{name}', {maker}, is NaN at element {nan} in calibration {sample.Name}.");
            }

            observer.Observe(name, dims, activations);
        }
    }

    private static int IndexOfNaN(ReadOnlySpan<float> elements)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(elements);
        int start = 0;
        while (start < vectors.Length && Vector.EqualsAll(vectors[start], vectors[start]))
        {
            start++;
        }

        for (int i = start * Vector<float>.Count; i < elements.Length; i++)
        {
            if (float.IsNaN(elements[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
