namespace Edge.Targets.Tests;

public class PublishPlanTests
{
    [Theory]
    [InlineData("pi-zero-2w", "linux-arm64", "arm64", "armv8-a", "aarch64-linux-gnu")]
    [InlineData("pi-3", "linux-arm64", "arm64", "armv8-a", "aarch64-linux-gnu")]
    [InlineData("pi-4", "linux-arm64", "arm64", "armv8-a", "aarch64-linux-gnu")]
    [InlineData("pi-5", "linux-arm64", "arm64", "armv8.2-a,dotprod", "aarch64-linux-gnu")]
    [InlineData("pi-zero-2w-armhf", "linux-arm", "armhf", null, "arm-linux-gnueabihf")]
    [InlineData("jetson-nano", "linux-arm64", "arm64", "armv8-a", "aarch64-linux-gnu")]
    [InlineData("jetson-orin", "linux-arm64", "arm64", "armv8.2-a,dotprod", "aarch64-linux-gnu")]
    [InlineData("x64", "linux-x64", "amd64", "x86-64-v3", null)]
    [InlineData("x64-baseline", "linux-x64", "amd64", "x86-64-v2", null)]
    public void A_board_decides_architecture_instruction_set_and_tool_chain(string name, string runtime, string package, string? instructionSet, string? triplet)
    {
        PublishPlan plan = PublishPlan.For(Boards.Named(name), new PublishOptions { HostArchitecture = "x64" });

        Assert.Equal((runtime, package, "net10.0", triplet is not null), (plan.RuntimeIdentifier, plan.PackageArchitecture, plan.Framework, plan.IsCross));
        Dictionary<string, string> properties = plan.Properties.ToDictionary();
        Assert.Equal(instructionSet, properties.GetValueOrDefault("IlcInstructionSet"));
        Assert.Equal(triplet is null ? null : "clang", properties.GetValueOrDefault("CppCompilerAndLinker"));
        Assert.Equal(triplet is null ? null : $"{triplet}-objcopy", properties.GetValueOrDefault("ObjCopyName"));
        Assert.Equal(name == "jetson-nano" ? "artifacts/sysroots/jetson-nano" : null, properties.GetValueOrDefault("SysRoot"));
        Assert.Equal("true", properties["StripSymbols"]);
        Assert.Equal(triplet is null, plan.Tools.Count == 0);
    }

    [Fact]
    public void The_command_line_is_whole_and_its_commas_are_escaped()
    {
        PublishPlan plan = PublishPlan.For(Boards.Named("pi-5"), new PublishOptions { HostArchitecture = "x64" });

        Assert.Equal(
            "dotnet publish sdk/Edge.Cli -c Release -r linux-arm64 -o artifacts/pi-5 -p:EdgeAotFramework=net10.0 -p:IlcInstructionSet=armv8.2-a%2Cdotprod -p:StripSymbols=true "
            + "-p:CppCompilerAndLinker=clang -p:ObjCopyName=aarch64-linux-gnu-objcopy --nologo --verbosity quiet",
            plan.CommandLine(plan.Products[0]));
        Assert.Equal(["edge", "edge-models", "edge-serve", "libedge"], plan.Products.Select(product => product.Name));
        Assert.Contains("-o artifacts/pi-5/libedge ", plan.CommandLine(plan.Products[3]), StringComparison.Ordinal);
    }

    [Fact]
    public void Products_are_projects_of_the_repository()
    {
        foreach (PublishedProgram product in PublishPlan.For(Boards.Named("x64")).Products)
        {
            string project = Edge.Tests.Repository.PathTo([.. product.Project.Split('/'), $"{Path.GetFileName(product.Project)}.csproj"]);
            Assert.True(File.Exists(project), project);
        }
    }

    [Theory]
    [InlineData("x64", "net9.0", "x86-x64-v3")]
    [InlineData("x64", "net10.0", "x86-64-v3")]
    [InlineData("x64-baseline", "net9.0", "x86-x64-v2")]
    [InlineData("pi-5", "net9.0", "armv8.2-a,dotprod")]
    public void An_instruction_set_is_written_as_the_framework_s_compiler_calls_it(string name, string framework, string expected) =>
        Assert.Equal(expected, PublishPlan.For(Boards.Named(name), new PublishOptions { Framework = framework }).Properties.ToDictionary()["IlcInstructionSet"]);

    [Theory]
    [MemberData(nameof(Boards.WithLinux), MemberType = typeof(Boards))]
    public void A_portable_build_needs_no_tool_chain_and_makes_the_programs_alone(string name)
    {
        PublishPlan plan = PublishPlan.For(Boards.Named(name), new PublishOptions { IsPortable = true, HostArchitecture = "x64", Framework = "net9.0" });

        Assert.Empty(plan.Tools);
        Assert.Null(plan.SysRoot);
        Assert.Equal("net10.0", plan.Framework);
        Assert.Equal(
            $"dotnet publish sdk/Edge.Service -c Release -o artifacts/{name} -p:EdgeAotFramework=none -p:SelfContained=false -p:UseAppHost=false --nologo --verbosity quiet",
            plan.CommandLine(plan.Products[2]));
        Assert.All(plan.Products, product => Assert.NotNull(product.Assembly));
    }

    [Fact]
    public void A_board_of_the_machine_s_own_architecture_is_linked_with_the_machine_s_own_tools()
    {
        Assert.Empty(PublishPlan.For(Boards.Named("pi-5"), new PublishOptions { HostArchitecture = "arm64" }).Tools);
        Assert.Contains("gcc-x86-64-linux-gnu", PublishPlan.For(Boards.Named("x64"), new PublishOptions { HostArchitecture = "arm64" }).Tools.Select(tool => tool.Name));
    }

    [Fact]
    public void A_folder_with_the_board_s_libraries_takes_the_place_of_the_file_s() =>
        Assert.Equal("/srv/nano", PublishPlan.For(Boards.Named("jetson-nano"), new PublishOptions { HostArchitecture = "x64", SysRoot = "/srv/nano" }).SysRoot);

    [Theory]
    [InlineData("cortex-m4")]
    [InlineData("cortex-m55")]
    public void A_microcontroller_is_refused_with_a_sentence(string name) =>
        Assert.Contains("on which no .NET program runs", Assert.Throws<InvalidOperationException>(() => PublishPlan.For(Boards.Named(name))).Message, StringComparison.Ordinal);
}
