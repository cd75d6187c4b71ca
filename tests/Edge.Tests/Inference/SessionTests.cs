using Edge.Inference;
using Edge.Numerics;
using Edge.Tests.Kernels;

namespace Edge.Tests.Inference;

public class SessionTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Every_set_of_kernels_gives_the_reference_scores_step_by_step(KernelSet set)
    {
        foreach ((_, Func<EdgeFile> make) in Networks.All)
        {
            Assert.Equal(Scores(make().Load(), 50), Scores(make().Load(set), 50));
        }
    }

    [Fact]
    public void Two_sessions_of_one_model_on_two_threads_do_not_disturb_each_other()
    {
        Model model = Networks.Streaming().Load(InstructionSet.Best);
        sbyte[] expected = Scores(model, 2_000);
        sbyte[][] results = new sbyte[4][];
        Thread[] threads = [.. Enumerable.Range(0, results.Length).Select(i => new Thread(() => results[i] = Scores(model, 2_000)))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.All(results, r => Assert.Equal(expected, r));
    }

    [Fact]
    public void Reset_forgets_what_was_heard()
    {
        Session session = Networks.Streaming().Load().CreateSession();
        sbyte[] first = Scores(session, 30);
        Assert.NotEqual(first, Scores(session, 30)); // the states remember
        session.Reset();
        Assert.Equal(first, Scores(session, 30));
    }

    [Fact]
    public void States_begin_as_real_zero()
    {
        Session session = Networks.Streaming().Load().CreateSession();
        Assert.All(session.Elements("past").ToArray(), v => Assert.Equal(3, v));
        Assert.All(session.Elements("past2").ToArray(), v => Assert.Equal(-1, v));
    }

    [Theory]
    [InlineData("int16", 2, 300)]
    [InlineData("int32", 4, -300)]
    public void Wide_states_begin_as_real_zero_too(string type, int bytes, int zeroPoint)
    {
        EdgeFile file = Networks.Dense();
        int state = file.State("wide", [1, 3 * bytes], zeroPoint);
        (file.Plan["tensors"]![state]!["type"], file.Plan["tensors"]![state]!["shape"]) = (type, EdgeFile.Numbers(1, 3));
        (file.Plan["tensors"]![state]!["offset"], file.Plan["memoryBytes"]) = (64, 64 + 3 * bytes);
        byte[] expected = [.. Enumerable.Repeat(BitConverter.GetBytes(zeroPoint)[..bytes], 3).SelectMany(b => b)];
        Assert.Equal(expected, file.Load().CreateSession().Elements("wide").ToArray().Select(v => (byte)v));
    }

    [Theory]
    [InlineData("3", 5, -6)]
    [InlineData("2", 3, 3)] // the field is no part of version 2, whose files never change their meaning
    public void A_state_begins_as_its_initial_constant_and_does_so_again_after_a_reset(string version, int first, int last)
    {
        EdgeFile file = Networks.Streaming();
        file.Metadata["version"] = version;
        file.Plan["tensors"]![2]!["initial"] = file.Int8s("initial", [1, 3, 1, 8], [5, .. new sbyte[22], -6]);
        Session session = file.Load().CreateSession();
        Check();
        Scores(session, 5);
        Assert.NotEqual(((sbyte)first, (sbyte)last), (session.Elements("past")[0], session.Elements("past")[^1]));
        session.Reset();
        Check();

        void Check() => Assert.Equal(((sbyte)first, (sbyte)last), (session.Elements("past")[0], session.Elements("past")[^1]));
    }

    [Fact]
    public void A_visitor_sees_every_operators_tensor_and_changes_no_score()
    {
        foreach ((_, Func<EdgeFile> make) in Networks.All)
        {
            Model model = make().Load();
            Session plain = model.CreateSession();
            Session visited = model.CreateSession();
            for (int step = 0; step < 10; step++)
            {
                var seen = new List<string>();
                byte[] last = [];
                plain.Input.Fill((sbyte)(step * 7));
                visited.Input.Fill((sbyte)(step * 7));
                plain.Step();
                visited.Step((tensor, elements) =>
                {
                    Assert.Equal(tensor.Bytes, elements.Length);
                    seen.Add(tensor.Name);
                    last = tensor == model.Output ? elements.ToArray() : last;
                });
                Assert.Equal(model.Steps.SelectMany(o => o.Outputs).Select(o => o.Name), seen);
                Assert.Equal(plain.Output.ToArray(), (sbyte[])(Array)last);
            }
        }
    }

    [Theory]
    [ClassData(typeof(KernelSets))]
    public void A_step_allocates_nothing(KernelSet set)
    {
        foreach ((_, Func<EdgeFile> make) in Networks.All)
        {
            Session session = make().Load(set).CreateSession();
            Step(session, 2); // what the runtime sets up at first use is no part of a step
            long before = GC.GetAllocatedBytesForCurrentThread();
            Step(session, 100);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    private static void Step(Session session, int times)
    {
        for (int i = 0; i < times; i++)
        {
            session.Input.Fill((sbyte)i);
            session.Step();
            session.Reset();
            _ = session.Output[0];
        }
    }

    internal static sbyte[] Scores(Model model, int steps) => Scores(model.CreateSession(), steps);

    private static sbyte[] Scores(Session session, int steps)
    {
        var random = new Random(steps);
        var scores = new List<sbyte>();
        for (int i = 0; i < steps; i++)
        {
            random.Int8s(session.Input.Length).CopyTo(session.Input);
            session.Step();
            scores.AddRange(session.Output);
        }

        return [.. scores];
    }
}
