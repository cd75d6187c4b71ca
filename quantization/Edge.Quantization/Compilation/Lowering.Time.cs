using Edge.Inference;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    /// <summary>
    /// What a window over time reads. Batch: the tensor itself, with padding before and after. Streaming: a state that holds the frames the window
    /// still needs and the newest ones, without padding: where it stands for frames before the first and behind the last, it holds real zeros.
    /// </summary>
    /// <param name="node">The operator, for messages.</param>
    /// <param name="value">Its input.</param>
    /// <param name="reach">Frames from the first tap to the last, both included.</param>
    /// <param name="stride">Frames from one window to the next.</param>
    /// <param name="before">Frames of padding before the first.</param>
    /// <param name="after">Frames of padding after the last.</param>
    /// <param name="fill">What a state holds in place of padding; null for real zero.</param>
    /// <returns>The tensor to read, padding before it and after it, frames that come out, and how many of them that is behind the sound.</returns>
    private (DraftTensor Tensor, int Before, int After, int Frames, int Delay) WindowOverTime(
        Node node, LoweredValue value, int reach, int stride, int before, int after, int? fill = null)
    {
        before += value.TimePad;
        after += value.TimePadAfter;
        if (!streaming)
        {
            int frames = (value.Frames + before + after - reach) / stride + 1;
            return value.Frames + before + after >= reach
                ? (value.Tensor, before, after, frames, 0)
                : throw Fault(node, $"its window of {reach} frames is longer than the {value.Frames + before + after} there are");
        }

        int past = reach - stride;
        if (before + after < past || before + after >= reach)
        {
            throw Fault(node, $"it is padded with {before} frames before the first and {after} after the last; a window of {reach} by {stride} streams with {(past < reach - 1 ? $"{Math.Max(past, 0)} to " : "")}{reach - 1} in all. Pad it so, or build it windowed");
        }

        if (value.Frames % stride != 0)
        {
            throw Fault(node, $"it takes every {stride}th of {value.Frames} frames a step; use a multiple of {stride}");
        }

        // A window of the batch form ends past − before frames behind the newest frame of its stride; what is behind already must make it whole strides.
        int behind = value.Delay + past - before;
        int wait = (stride - behind % stride) % stride;
        bool clocked = after > 0 || (before > 0 && value.Delay > 0);
        DraftTensor tensor = Newest(value, past + wait, clocked, fill ?? value.Tensor.ZeroPoint);
        return (tensor, 0, 0, value.Frames / stride, (behind + wait) / stride);
    }

    /// <summary>The frames of a step with as many before them, or without as many of its first where that is negative.</summary>
    private DraftTensor Newest(LoweredValue value, int more, bool clocked, int fill) =>
        more > 0 || clocked ? History(value.Tensor, value.Frames + more, clocked, fill)
        : more < 0 ? Frames(value, value.Tensor, $"{value.Tensor.Name}.newest", -more, value.Frames + more).Tensor
        : value.Tensor;

    /// <summary>A state with the newest frames of a value.</summary>
    /// <param name="tensor">The value.</param>
    /// <param name="frames">How many, those of a step at the least.</param>
    /// <param name="clocked">Whether it replaces frames that are not of the sound.</param>
    /// <param name="fill">What it holds in their place, and before the first step.</param>
    private DraftTensor History(DraftTensor tensor, int frames, bool clocked, int fill)
    {
        if (histories.TryGetValue((tensor, frames, clocked, fill), out DraftTensor? state))
        {
            return state;
        }

        int[] shape = [1, frames, tensor.Shape[2], tensor.Shape[3]];
        state = draft.AddActivation($"{tensor.Name}.history", shape, tensor.Scale, tensor.ZeroPoint, TensorStorage.State, tensor.Type);
        bool zeros = fill == tensor.ZeroPoint;
        if (!zeros)
        {
            state.Initial = draft.AddConstant($"{state.Name}.initial", shape, [.. Enumerable.Repeat((sbyte)fill, state.Bytes)]);
        }

        (string, int[])[] attributes = clocked ? zeros ? [("delay", [tensor.Delay])] : [("delay", [tensor.Delay]), ("fill", [fill])] : [];
        draft.AddOperator(new DraftOperator("history", [tensor], state, attributes) { States = clocked ? [draft.AddClock(state.Name)] : [] });
        return histories[(tensor, frames, clocked, fill)] = state;
    }

    /// <summary>The attribute and the state by which an operator of a stream knows which frames of a value are of the sound; nothing in other forms.</summary>
    /// <param name="value">What it reads.</param>
    /// <param name="name">Its result's name.</param>
    private ((string Name, int[] Values)[] Attributes, DraftTensor[] States) ClockOf(LoweredValue value, string name) =>
        streaming ? ([("delay", [value.Delay])], [draft.AddClock(name)]) : ([], []);

    /// <summary>Values that are to be joined, all as far behind the sound as the farthest.</summary>
    private LoweredValue[] Evened(params LoweredValue[] joined) =>
        [.. joined.Select(value => Delayed(value, joined.Max(other => other.Delay) - value.Delay))];

    /// <summary>A value so many frames later.</summary>
    private LoweredValue Delayed(LoweredValue value, int frames)
    {
        if (frames == 0)
        {
            return value;
        }

        DraftTensor past = Past(value, frames);
        LoweredValue delayed = Frames(value, past, $"{value.Tensor.Name}.delayed", past.Shape[1] - value.Frames - frames, value.Frames);
        delayed.Tensor.Delay = value.Delay + frames;
        return delayed;
    }

    /// <summary>A state that holds a value's newest frames and as many before them, or more: one that a window has already, where it is long enough.</summary>
    private DraftTensor Past(LoweredValue value, int frames)
    {
        int needed = value.Frames + frames;
        return histories.Where(made => made.Key.Tensor == value.Tensor && made.Key.Frames >= needed).OrderBy(made => made.Key.Frames).Select(made => made.Value).FirstOrDefault()
            ?? History(value.Tensor, needed, false, value.Tensor.ZeroPoint);
    }

    /// <summary>Some frames of a tensor that holds those of a value.</summary>
    private LoweredValue Frames(LoweredValue value, DraftTensor source, string name, int first, int count)
    {
        LoweredValue taken = AddActivation(name, [1, count, value.Width, value.Channels], value.Roles, value.Quantization);
        draft.AddOperator("slice", [source], taken.Tensor, ("begin", [0, first, 0, 0]), ("stride", [1, 1, 1, 1]));
        return taken with { TimePad = value.TimePad, TimePadAfter = value.TimePadAfter };
    }

    /// <summary>The output a whole number of steps behind the sound, so that each step gives the frames of one; says how many.</summary>
    /// <param name="output">The last value.</param>
    private LoweredValue WholeSteps(LoweredValue output)
    {
        int frames = output.Frames;
        draft.DelaySteps = (output.Delay + frames - 1) / frames;
        output = Delayed(output, draft.DelaySteps * frames - output.Delay);
        return newest && frames > 1 ? Frames(output, output.Tensor, $"{output.Tensor.Name}.newest", frames - 1, 1) : output;
    }

    /// <summary>A value without pending zeros in time: in batch they are written out; a stream has no place for them.</summary>
    private LoweredValue WithoutTimePad(Node node, LoweredValue value)
    {
        if (value.TimePad + value.TimePadAfter == 0)
        {
            return value;
        }

        if (streaming)
        {
            throw Fault(node, "it reads frames that were padded in time; only convolutions and pools can, in a stream");
        }

        LoweredValue padded = AddActivation(
            $"{value.Tensor.Name}.padded", [1, value.TimePad + value.Frames + value.TimePadAfter, value.Width, value.Channels], value.Roles, value.Quantization);
        draft.AddOperator("pad", [value.Tensor], padded.Tensor, ("before", [0, value.TimePad, 0, 0]));
        return padded;
    }
}
