namespace Edge.Quantization.Checkpoints.Pickle;

/// <summary>Interprets the opcodes of a pickle, protocols 2 to 5, without importing, calling or constructing anything that it names.</summary>
/// <remarks>
/// A class or function is a <see cref="PickleGlobal"/>. A call is given to <paramref name="call"/>, which knows the few that make tensors; every other one
/// becomes a <see cref="PickleObject"/>. Time and memory grow with the number of bytes alone. Opcodes: Python's pickletools.
/// </remarks>
/// <param name="input">The bytes.</param>
/// <param name="persistent">What a persistent identifier stands for.</param>
/// <param name="call">What a call gives; null where it does not know it.</param>
internal sealed class PickleReader(PickleInput input, Func<object?, object?> persistent, Func<PickleGlobal, PickleTuple, object?> call)
{
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<int, object?> memo = [];

    /// <summary>Reads one pickled object; what follows it stays unread.</summary>
    /// <exception cref="Graph.GraphFormatException">The bytes are no pickle of these protocols.</exception>
    public object? Read()
    {
        for (byte opcode = input.Byte(); opcode != '.'; opcode = input.Byte())
        {
            if (!(TryValue(opcode) || TryContainer(opcode) || TryMemo(opcode) || TryObject(opcode)))
            {
                throw input.Fault($"opcode 0x{opcode:x2} is none of pickle protocols 2 to 5, as torch.save writes them.");
            }
        }

        return Pop();
    }

    /// <summary>Numbers, texts, and what frames them.</summary>
    private bool TryValue(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                input.Byte();
                return true;
            case 0x95: // FRAME: its length, which the opcodes within do not need
                input.UInt64();
                return true;
            case (byte)'N':
                return Push(null);
            case 0x88 or 0x89: // NEWTRUE, NEWFALSE
                return Push(opcode == 0x88);
            case (byte)'J':
                return Push((long)input.Int32());
            case (byte)'K':
                return Push((long)input.Byte());
            case (byte)'M':
                return Push((long)input.UInt16());
            case 0x8a or 0x8b: // LONG1, LONG4
                return Push(input.Long(opcode == 0x8a ? 1 : 4));
            case (byte)'G':
                return Push(input.Double());
            case (byte)'X' or (byte)'T': // BINUNICODE, BINSTRING of Python 2
                return Push(input.Text(4));
            case 0x8c or (byte)'U':
                return Push(input.Text(1));
            case 0x8d:
                return Push(input.Text(8));
            case (byte)'C' or (byte)'B' or 0x8e or 0x96: // bytes, byte arrays
                return Push(input.Counted(opcode switch { (byte)'C' => 1, (byte)'B' => 4, _ => 8 }).ToArray());
            default:
                return false;
        }
    }

    private bool TryContainer(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(':
                marks.Push(stack.Count);
                return true;
            case (byte)')':
                return Push(new PickleTuple([]));
            case (byte)'t':
                return Push(new PickleTuple(PopToMark()));
            case 0x85 or 0x86 or 0x87:
                return Push(new PickleTuple(PopMany(opcode - 0x84)));
            case (byte)']' or 0x8f: // lists, sets
                return Push(new List<object?>());
            case (byte)'l':
                return Push(new List<object?>(PopToMark()));
            case 0x91: // FROZENSET
                return Push(new List<object?>(PopToMark()));
            case (byte)'a':
                Append(PopMany(1));
                return true;
            case (byte)'e' or 0x90:
                Append(PopToMark());
                return true;
            case (byte)'}':
                return Push(new PickleDictionary());
            case (byte)'d':
                object?[] initial = PopToMark();
                Push(new PickleDictionary());
                Set(initial);
                return true;
            case (byte)'s':
                Set(PopMany(2));
                return true;
            case (byte)'u':
                Set(PopToMark());
                return true;
            default:
                return false;
        }
    }

    private bool TryMemo(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'q':
                memo[input.Byte()] = Top();
                return true;
            case (byte)'r':
                memo[input.Int32()] = Top();
                return true;
            case 0x94: // MEMOIZE
                memo[memo.Count] = Top();
                return true;
            case (byte)'h':
                return Push(Recall(input.Byte()));
            case (byte)'j':
                return Push(Recall(input.Int32()));
            case (byte)'0':
                Pop();
                return true;
            case (byte)'1':
                PopToMark();
                return true;
            case (byte)'2':
                return Push(Top());
            default:
                return false;
        }
    }

    private bool TryObject(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'c':
                string module = input.Line();
                return Push(new PickleGlobal(module, input.Line()));
            case 0x93: // STACK_GLOBAL
                return PopMany(2) is [string package, string name] ? Push(new PickleGlobal(package, name)) : throw input.Fault("a class has no name.");
            case (byte)'R' or 0x81: // REDUCE, NEWOBJ
                return PopMany(2) is [var callable, PickleTuple arguments] ? Push(Call(callable, arguments)) : throw input.Fault("a call has no tuple of arguments.");
            case 0x92: // NEWOBJ_EX, whose named arguments nobody here needs
                return PopMany(3) is [var made, PickleTuple positional, _] ? Push(Call(made, positional)) : throw input.Fault("a call has no tuple of arguments.");
            case (byte)'b':
                object? state = Pop();
                if (Top() is PickleObject built)
                {
                    built.State = state;
                }

                return true;
            case (byte)'Q':
                return Push(persistent(Pop()));
            default:
                return false;
        }
    }

    private object? Call(object? callable, PickleTuple arguments) =>
        (callable is PickleGlobal global ? call(global, arguments) : null) ?? new PickleObject(callable);

    private void Append(object?[] values) => (Top() switch
    {
        List<object?> list => list,
        PickleObject made => made.Items,
        _ => throw input.Fault("values are appended to what is no list."),
    }).AddRange(values);

    private void Set(object?[] values)
    {
        List<(object?, object?)> pairs = Top() switch
        {
            PickleDictionary dictionary => dictionary.Pairs,
            PickleObject made => made.Pairs.Pairs,
            _ => throw input.Fault("values are put into what is no dictionary."),
        };
        for (int i = 0; i + 1 < values.Length; i += 2)
        {
            pairs.Add((values[i], values[i + 1]));
        }
    }

    private bool Push(object? value)
    {
        stack.Add(value);
        return true;
    }

    private object? Top() => stack.Count > Floor ? stack[^1] : throw Empty();

    private object? Pop() => PopMany(1)[0];

    private object?[] PopMany(int count) => stack.Count - count >= Floor ? PopFrom(stack.Count - count) : throw Empty();

    private object?[] PopToMark() => marks.TryPop(out int mark) ? PopFrom(mark) : throw input.Fault("values end that never began.");

    private object?[] PopFrom(int index)
    {
        object?[] values = [.. stack[index..]];
        stack.RemoveRange(index, values.Length);
        return values;
    }

    /// <summary>What lies below the last mark belongs to somebody else.</summary>
    private int Floor => marks.TryPeek(out int mark) ? mark : 0;

    private object? Recall(int key) => memo.TryGetValue(key, out object? value) ? value : throw input.Fault($"it refers to value {key}, which it has not kept.");

    private Graph.GraphFormatException Empty() => input.Fault("it takes a value that is not there.");
}
