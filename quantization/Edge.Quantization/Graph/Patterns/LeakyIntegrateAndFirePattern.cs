namespace Edge.Quantization.Graph.Patterns;

/// <summary>
/// A layer of leaky integrate-and-fire neurons with hard reset, written as a Scan over time: v1 = v + (x − v)/τ; the neuron fires where v1 ≥ threshold;
/// v = 0 where it fires, else v1. Spikes are 0 or 1.
/// </summary>
/// <remarks>The body is told by its values, so that every spelling is known.</remarks>
internal sealed record LeakyIntegrateAndFirePattern(string Input, string Spikes, int Axis, double Tau, double Threshold)
{
    private const double Tolerance = 1e-5;
    private const double LargestThreshold = 1e6;

    /// <summary>The neurons that a Scan is; null for a node that is no Scan.</summary>
    /// <exception cref="GraphFormatException">The Scan is something else; the message says what it lacks.</exception>
    public static LeakyIntegrateAndFirePattern? Find(ModelGraph graph, Node node)
    {
        if (node is not { OpType: "Scan", Domain: "" })
        {
            return null;
        }

        if (node.Inputs.Count != 2 || node.Outputs.Count != 2 || node.Int("num_scan_inputs", 1) != 1 || node.Graph("body") is not { Inputs.Count: 2, Outputs.Count: 2 } body)
        {
            throw Fault("it has other inputs and outputs than one state and one value over time");
        }

        if (graph.Constant(node.Inputs[0]) is not { ElementType: ElementType.Float32 } start || Array.Exists(start.ToFloats(), value => value != 0))
        {
            throw Fault("its state does not begin as a constant of zeros");
        }

        if (graph.IsOutput(node.Outputs[0]) || graph.ConsumersOf(node.Outputs[0]).Count > 0)
        {
            throw Fault("its last state is read");
        }

        long inputAxis = node.Ints("scan_input_axes", 0)[0], outputAxis = node.Ints("scan_output_axes", 0)[0];
        if (inputAxis != outputAxis || node.Ints("scan_input_directions").ContainsAnyExcept(0) || node.Ints("scan_output_directions").ContainsAnyExcept(0))
        {
            throw Fault("it reads and writes along different axes, or backwards");
        }

        Func<double, double, (double V, double Spike)> step = Evaluate(body) ?? throw Fault("its body has operators that are not element by element, or constants that are not one number");
        (double tau, double threshold) = Measure(step);
        return Agrees(step, tau, threshold)
            ? new LeakyIntegrateAndFirePattern(node.Inputs[1], node.Outputs[1], (int)inputAxis, tau, threshold)
            : throw Fault("its body is not v + (x - v)/tau with a threshold above 0 and a reset to 0");

        GraphFormatException Fault(string lacks) => new(
            graph.Name, $"{node}", $"{lacks}. Of Scan, leaky integrate-and-fire neurons with hard reset are known; export the model without control flow otherwise.");
    }

    /// <summary>What the body makes of the membrane and the input; null where it is not a function of these two numbers.</summary>
    private static Func<double, double, (double V, double Spike)>? Evaluate(ModelGraph body)
    {
        var slots = new Dictionary<string, int> { [body.Inputs[0].Name] = 0, [body.Inputs[1].Name] = 1 };
        var start = new List<double> { 0, 0 };
        var steps = new List<(Func<double[], double> Function, int[] Inputs, int Output)>();
        foreach (Node node in body.Nodes.Where(node => node.OpType != "Constant"))
        {
            Func<double[], double>? function = node.OpType is "Cast" or "Identity" ? a => a[0] : ScalarOperators.Find(node);
            int[] inputs = [.. node.Inputs.Select(Slot)];
            if (function is null || inputs.Contains(-1) || node.Outputs.Count != 1)
            {
                return null;
            }

            slots[node.Outputs[0]] = start.Count;
            steps.Add((function, inputs, start.Count));
            start.Add(0);
        }

        (int membrane, int spike) = (Slot(body.Outputs[0].Name), Slot(body.Outputs[1].Name));
        double[] first = [.. start];
        return membrane < 0 || spike < 0 ? null : Run;

        (double, double) Run(double v, double x)
        {
            var values = (double[])first.Clone();
            (values[0], values[1]) = (v, x);
            foreach ((Func<double[], double> function, int[] inputs, int output) in steps)
            {
                values[output] = function(Array.ConvertAll(inputs, input => values[input]));
            }

            return (values[membrane], values[spike]);
        }

        int Slot(string name)
        {
            if (slots.TryGetValue(name, out int slot))
            {
                return slot;
            }

            float[] constant = body.Constant(name) is { ElementType: ElementType.Float32, Count: > 0 } tensor ? tensor.ToFloats() : [];
            if (constant.Length == 0 || Array.Exists(constant, value => value != constant[0]))
            {
                return -1;
            }

            slots[name] = start.Count;
            start.Add(constant[0]);
            return start.Count - 1;
        }
    }

    /// <summary>τ from a step below the threshold, and the threshold by bisection over x = v, where the membrane stays.</summary>
    private static (double Tau, double Threshold) Measure(Func<double, double, (double V, double Spike)> step)
    {
        double tau = -1 / step(0, -1).V;
        (double silent, double fires) = (0, LargestThreshold);
        while (fires - silent > 1e-9 * Math.Max(1, fires))
        {
            double middle = (silent + fires) / 2;
            (silent, fires) = step(middle, middle).Spike == 0 ? (middle, fires) : (silent, middle);
        }

        return (Snapped(tau), Snapped(fires));

        static double Snapped(double value) => Math.Abs((float)value - value) < 1e-6 * Math.Abs(value) ? (double)(decimal)(float)value : value;
    }

    private static bool Agrees(Func<double, double, (double V, double Spike)> step, double tau, double threshold)
    {
        if (!(tau >= 1 && tau < 1e4 && threshold > 0 && threshold < LargestThreshold / 2))
        {
            return false;
        }

        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            (double v, double x) = (threshold * (2 * random.NextDouble() - 1), threshold * tau * (6 * random.NextDouble() - 3));
            double charged = v + (x - v) / tau;
            if (Math.Abs(charged - threshold) < Tolerance * threshold)
            {
                continue;
            }

            (double membrane, double spike) = step(v, x);
            bool fired = charged >= threshold;
            if (spike != (fired ? 1 : 0) || !(Math.Abs(membrane - (fired ? 0 : charged)) <= Tolerance * Math.Max(threshold, Math.Abs(charged))))
            {
                return false;
            }
        }

        return true;
    }
}
