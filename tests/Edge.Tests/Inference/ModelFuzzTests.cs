using Edge.Inference;
using Edge.Numerics;

namespace Edge.Tests.Inference;

/// <summary>Whatever bytes a file holds, loading it gives a model that runs or a <see cref="ModelFormatException"/>, in memory of the file's size class.</summary>
public class ModelFuzzTests
{
    private const int Mutations = 15_000;
    private const long MaxSteppedWork = 2_000_000;

    public static IEnumerable<TheoryDataRow<string>> Names => Networks.All.Select(n => new TheoryDataRow<string>(n.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mutated_file_is_refused_or_runs(string name) => Mutate(Networks.All.Single(n => n.Name == name).Make().Write(), Mutations, seed: name.Length);

    [Fact]
    public void A_mutated_shipped_model_is_refused_or_runs()
    {
        string path = Repository.PathTo("samples", "models", "wake-words.edge");
        Assert.SkipUnless(File.Exists(path), $"{path} has not been built");
        Mutate(File.ReadAllBytes(path), 4_000, seed: 1);
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        var random = new Random(1);
        for (int round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            Assert.Throws<ModelFormatException>(() => Model.Load(bytes, "random"));
        }
    }

    private static void Mutate(byte[] file, int count, int seed)
    {
        var mutator = new Mutator(file, seed);
        (int loaded, int stepped, long mostBytes) = (0, 0, 0);
        for (int round = 0; round < count; round++)
        {
            byte[] mutated = mutator.Next();
            KernelSet kernels = InstructionSet.Supported[round % InstructionSet.Supported.Count];
            long before = GC.GetAllocatedBytesForCurrentThread();
            Session? session = TryLoad(mutated, kernels, $"mutation {round} of seed {seed}");
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            mostBytes = Math.Max(mostBytes, bytes);
            Assert.True(bytes <= 2 * PlanReader.MaxMemoryBytes(mutated.Length), $"Mutation {round} of seed {seed} made {bytes} bytes of a file of {mutated.Length}.");
            loaded += session is null ? 0 : 1;
            if (session?.Model.MultiplyAccumulates <= MaxSteppedWork)
            {
                // A spoilt model is as good a test as any that every set of kernels gives the same bits.
                Assert.Equal(Step(Model.Load(mutated, "mutated", KernelSet.Reference).CreateSession()), Step(session));
                stepped++;
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{count} mutations: {loaded} loaded, {stepped} stepped, at most {mostBytes} bytes allocated");
        Assert.InRange(loaded, count / 50, count * 9 / 10); // else the mutations are too coarse or too timid
    }

    private static Session? TryLoad(byte[] file, KernelSet kernels, string what)
    {
        try
        {
            return Model.Load(file, what, kernels).CreateSession();
        }
        catch (ModelFormatException)
        {
            return null;
        }
        catch (Exception e)
        {
            Assert.Fail($"{what}, kernels {kernels}: {e}");
            throw;
        }
    }

    private static sbyte[] Step(Session session)
    {
        Span<sbyte> input = session.Input;
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = (sbyte)(i * 37);
        }

        session.Step();
        session.End(input.Length % session.Model.Input.Shape[1]);
        session.Step();
        return session.Output.ToArray();
    }
}
