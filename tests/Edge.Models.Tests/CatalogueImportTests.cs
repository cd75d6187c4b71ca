using Edge.Detection;
using Edge.Tests;

namespace Edge.Models.Tests;

public sealed class CatalogueImportTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-import-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_wake_word_has_the_settings_of_its_manifest()
    {
        (CatalogueEntry entry, ModelCache cache) = Downloaded("microwakeword-alexa", "microwakeword-alexa.tflite");
        File.WriteAllText(cache.PathOf(entry, entry.Manifest!), """
            {
              "type": "micro", "version": 2, "wake_word": "alexa", "author": "a test", "model": "alexa.tflite",
              "micro": { "probability_cutoff": 0.5, "sliding_window_size": 4, "feature_step_size": 10 }
            }
            """);
        using AudioModel model = AudioModel.Load(CatalogueImport.Run(entry, cache), "alexa.edge");
        KeywordOptions detection = Assert.IsType<KeywordOptions>(model.Detection);
        Assert.Equal(["alexa"], model.Labels);
        Assert.Equal(0.5, Assert.Single(detection.Thresholds), 0.01);
        Assert.Equal(4 * 30, detection.SmoothingMs);
        Assert.Equal(30, model.Step.TotalMilliseconds);
        string plan = model.Network.PlanJson.GetProperty("provenance").ToString();
        Assert.Contains("Apache-2.0", plan);
        Assert.Contains(entry.Model.Sha256, plan);
        Assert.Contains(entry.Model.Address.AbsoluteUri, plan);
    }

    [Fact]
    public void Sounds_are_named_by_the_table_beside_the_model()
    {
        (CatalogueEntry entry, ModelCache cache) = Downloaded("yamnet", "yamnet-spectra-in.tflite");
        File.Copy(Repository.Shared("models", "yamnet-class-map.csv"), cache.PathOf(entry, entry.LabelFile!));
        Assert.True(cache.Has(entry));
        using AudioModel model = AudioModel.Load(CatalogueImport.Run(entry, cache), "yamnet.edge");
        Assert.Equal("sound-event", model.Detection.Kind);
        Assert.Equal(521, model.Labels.Count);
        Assert.Equal(["Speech", "Child speech, kid speaking", "Conversation"], model.Labels.Take(3));
    }

    [Fact]
    public void A_model_that_reconstructs_has_a_threshold_for_its_error()
    {
        (CatalogueEntry entry, ModelCache cache) = Downloaded("mlperf-tiny-ad", "mlperf-tiny-ad.tflite");
        using AudioModel model = AudioModel.Load(CatalogueImport.Run(entry, cache), "mlperf-tiny-ad.edge");
        Assert.Equal("anomaly", model.Detection.Kind);
    }

    /// <summary>A model of the catalogue whose .tflite file is in the cache.</summary>
    private (CatalogueEntry Entry, ModelCache Cache) Downloaded(string name, string shared)
    {
        CatalogueEntry entry = ModelCatalogue.Find(name);
        var cache = new ModelCache(folder.FullName);
        Directory.CreateDirectory(Path.GetDirectoryName(cache.PathOf(entry, entry.Model))!);
        File.Copy(Repository.Shared("models", shared), cache.PathOf(entry, entry.Model));
        return (entry, cache);
    }
}
