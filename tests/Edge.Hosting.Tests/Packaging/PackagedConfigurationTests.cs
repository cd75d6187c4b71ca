using System.Reflection;
using System.Text.RegularExpressions;
using Edge.Hosting.Actions;
using Edge.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Edge.Hosting.Tests.Packaging;

/// <summary>The configuration that is installed, and its page of the manual.</summary>
public class PackagedConfigurationTests
{
    private static readonly string Tree = Repository.PathTo("packaging", "root");

    [Fact]
    public void TheInstalledConfigurationHasNoFaultButForFoldersOfTheInstalledSystem()
    {
        IConfiguration file = new ConfigurationBuilder().AddJsonFile(Path.Combine(Tree, "etc", "edge", "edge.json")).Build();
        using ServiceProvider services = new ServiceCollection().AddEdge(file).BuildServiceProvider();

        // systemd makes /var/lib/edge where it runs the service; a machine that builds has none.
        string[] faults = [];
        try
        {
            _ = services.GetRequiredService<IOptions<EdgeOptions>>().Value;
        }
        catch (OptionsValidationException e)
        {
            faults = [.. e.Failures];
        }

        Assert.DoesNotContain(faults, fault => !fault.Contains("/var/lib/edge", StringComparison.Ordinal));
    }

    [Fact]
    public void ItNamesModelsThatThePackageHoldsAndFoldersThatTheUnitMakes()
    {
        var options = new EdgeOptions();
        new ConfigurationBuilder().AddJsonFile(Path.Combine(Tree, "etc", "edge", "edge.json")).Build().GetSection(EdgeOptions.SectionName).Bind(options);

        Assert.NotEmpty(options.Models);
        Assert.All(options.Models, model => Assert.True(File.Exists(Repository.PathTo("samples", "models", Path.GetFileName(model.Path))), model.Path));
        Assert.All(options.Models, model => Assert.StartsWith("/usr/share/edge/models/", model.Path));
        Assert.All(options.Actions, action => Assert.StartsWith("/var/lib/edge/", action.Path));
        Assert.StartsWith("/run/edge/", options.Metrics.Path);
    }

    [Theory]
    [InlineData(typeof(EdgeOptions))]
    [InlineData(typeof(SourceOptions))]
    [InlineData(typeof(ModelOptions))]
    [InlineData(typeof(CascadeOptions))]
    [InlineData(typeof(ActionOptions))]
    [InlineData(typeof(MetricsFileOptions))]
    public void TheManualTellsEveryField(Type options)
    {
        string page = File.ReadAllText(Path.Combine(Tree, "usr", "share", "man", "man5", "edge.json.5"));
        string[] fields = [.. options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(field => field.Name)];

        Assert.NotEmpty(fields);
        RegexOptions headings = options == typeof(EdgeOptions) ? RegexOptions.IgnoreCase : RegexOptions.None;
        Assert.DoesNotContain(fields, field => !Regex.IsMatch(page, $@"\b{field}\b", headings));
    }
}
