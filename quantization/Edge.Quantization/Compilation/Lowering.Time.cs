using Edge.Inference;
using Edge.Quantization.Graph;

namespace Edge.Quantization.Compilation;

internal sealed partial class Lowering
{
    /// <summary>
    /// What a window over time reads. Batch: the tensor itself, with real zeros before and after. Streaming: a state that holds the frames
    /// the window still needs and the newest ones, without zeros: a fresh state is real zero, which is what the batch form pads with.
    /// </summary>
    /// <param name="node">The operator, for messages.</param>
    /// <param name="value">Its input.</param>
    /// <param name="reach">Frames from the first tap to the last, both included.</param>
    /// <param name="stride">Frames from one window to the next.</param>
    /// <param name="before">Zero frames before the first.</param>
    /// <param name="after">Zero frames after the last.</param>
    /// <returns>The tensor to read, zero frames before it, zero frames after it, and frames that come out.</returns>
    private (DraftTensor Tensor, int Before, int After, int Frames) WindowOverTime(Node node, LoweredValue value, int reach, int stride, int before, int after)
    {
        before += value.TimePad;
        if (!streaming)
        {
            int frames = (value.Frames + before + after - reach) / stride + 1;
            return value.Frames + before + after >= reach
                ? (value.Tensor, before, after, frames)
                : throw Fault(node, $"its window of {reach} frames is longer than the {value.Frames + before + after} there are");
        }

        int past = reach - stride;
        if (before != past || after != 0)
        {
            int ahead = past - before;
            throw Fault(node, ahead > 0 || after > 0
                ? $"it looks {Math.Max(ahead, after)} frames ahead and cannot stream; pad {past} frames on the left and none on the right, or build it windowed"
                : $"it is padded with {before} frames on the left where a causal window of {reach} by {stride} takes {past}");
        }

        if (value.Frames % stride != 0)
        {
            throw Fault(node, $"it takes every {stride}th of {value.Frames} frames a step; use a multiple of {stride}");
        }

        return (past == 0 ? value.Tensor : History(value.Tensor, past + value.Frames), 0, 0, value.Frames / stride);
    }

    private DraftTensor History(DraftTensor tensor, int frames)
    {
        if (!histories.TryGetValue((tensor, frames), out DraftTensor? state))
        {
            int[] shape = [1, frames, tensor.Shape[2], tensor.Shape[3]];
            state = draft.AddActivation($"{tensor.Name}.history", shape, tensor.Scale, tensor.ZeroPoint, TensorStorage.State, tensor.Type);
            draft.AddOperator("history", [tensor], state);
            histories[(tensor, frames)] = state;
        }

        return state;
    }

    /// <summary>A value without pending zeros in front: in batch they are written out; a stream has no place for them.</summary>
    private LoweredValue WithoutTimePad(Node node, LoweredValue value)
    {
        if (value.TimePad == 0)
        {
            return value;
        }

        if (streaming)
        {
            throw Fault(node, "it reads frames that were padded in time; only convolutions and pools can, in a stream");
        }

        LoweredValue padded = AddActivation(
            $"{value.Tensor.Name}.padded", [1, value.Frames + value.TimePad, value.Width, value.Channels], value.Roles, value.Quantization);
        draft.AddOperator("pad", [value.Tensor], padded.Tensor, ("before", [0, value.TimePad, 0, 0]));
        return padded;
    }
}
