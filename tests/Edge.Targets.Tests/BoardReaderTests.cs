namespace Edge.Targets.Tests;

public class BoardReaderTests
{
    [Theory]
    [MemberData(nameof(Boards.Names), MemberType = typeof(Boards))]
    public void A_file_of_the_project_has_no_fault(string name) => Assert.Empty(Boards.Faults(Boards.Text(name), $"{name}.json"));

    [Fact]
    public void All_faults_of_a_file_are_reported_at_once_with_file_and_field()
    {
        List<string> faults = Boards.Faults(
            """
            {
              "name": "pi-6", "titel": "x", "processor": { "name": "Cortex-A76", "cores": 0, "clockMHz": "fast" }, "memoryMiB": 3,
              "publish": { "runtimeIdentifier": "linux-arm46", "framework": "net8.0", "instructionSet": ["armv8-a"], "packageArchitecture": "arm64" },
              "providers": ["gpu"],
              "crossTools": { "triplet": "aarch64-linux-gnu", "linker": "clang; rm", "objcopy": "objcopy", "packages": [ { "name": "clang" } ] },
              "rate": { "macsPerSecond": -1, "kind": "guess", "source": "" }
            }
            """, "pi-7.json");

        Assert.Equal(
        [
            "pi-7.json: titel is unknown. Did you mean title? Expected are name, title, processor, memoryMiB, publish, firmware, providers, led, crossTools, rate.",
            "pi-7.json: name is 'pi-6'; expected the file's name, 'pi-7'.",
            "pi-7.json: title is missing; expected 1 to 300 characters.",
            "pi-7.json.processor: cores is 0; expected a whole number from 1 to 256.",
            "pi-7.json.processor: clockMHz is \"fast\"; expected a whole number from 1 to 10000.",
            "pi-7.json: memoryMiB is 3; expected a whole number from 16 to 1048576.",
            "pi-7.json.publish: runtimeIdentifier is 'linux-arm46'. Did you mean linux-arm64? Expected is one of linux-x64, linux-arm64, linux-arm.",
            "pi-7.json.publish: framework is 'net8.0'. Did you mean net9.0? Expected is one of net10.0, net9.0.",
            "pi-7.json: providers holds 'gpu'; expected some of cpu, cuda, tensorrt, webgpu, coreml, xnnpack.",
            "pi-7.json.crossTools.packages[0]: gives is missing; expected a program's name or an absolute path.",
            "pi-7.json.crossTools: linker is 'clang; rm'; expected a program's name.",
            "pi-7.json.rate: kind is 'guess'. Expected is one of measured, published, derived.",
            "pi-7.json.rate: macsPerSecond is -1; expected a number from 100000 to 100000000000000.",
            "pi-7.json.rate: source is ''; expected 1 to 300 characters.",
        ], faults);
    }

    [Theory]
    [InlineData("pi-5", "\"packageArchitecture\": \"arm64\"", "\"packageArchitecture\": \"armhf\"", "expected 'arm64', as Debian calls linux-arm64")]
    [InlineData("pi-5", "\"dotprod\"", "\"dotporod\"", "instructionSet holds 'dotporod'. Did you mean dotprod?")]
    [InlineData("pi-zero-2w-armhf", "\"instructionSet\": []", "\"instructionSet\": [\"neon\"]", "expected an empty array, as linux-arm has no levels")]
    [InlineData("x64", "\"x86-64-v3\"\n", "\"avx2\"\n", null)]
    [InlineData("x64", "[\"x86-64-v3\"]", "[\"x86-x64-v3\"]", "instructionSet holds 'x86-x64-v3'. Did you mean x86-64-v3?")]
    [InlineData("pi-4", "\"memoryMiB\": 1024,", "", "memoryMiB is missing")]
    [InlineData("pi-4", "\"memoryMiB\": 1024,", "\"memoryMiB\": 1024, \"memoryMiB\": 1024,", "memoryMiB is given 2 times; expected once")]
    [InlineData("pi-4", "\"ACT\"", "\"../ACT\"", "led is '../ACT'; expected a folder's name in /sys/class/leds")]
    [InlineData("pi-4", "\"publish\": {", "\"firmware\": {", "runtimeIdentifier is unknown")]
    [InlineData("pi-4", "\"objcopy\": \"", "\"objcopy\": \"../", "objcopy is '../aarch64-linux-gnu-objcopy'; expected a program's name")]
    [InlineData("jetson-nano", "artifacts/sysroots/jetson-nano", "my root", "sysroot is 'my root'; expected a folder's path without spaces")]
    [InlineData("cortex-m4", "\"-mcpu=cortex-m4\", ", "", "compilerFlags is [-mthumb, -mfloat-abi=hard, -mfpu=fpv4-sp-d16]; expected flags such as -mthumb, -mcpu= among them")]
    [InlineData("cortex-m4", "\"-mthumb\"", "\"-mthumb; ls\"", "expected flags such as -mthumb")]
    [InlineData("cortex-m4", "\"ramKiB\": 640", "\"ramKiB\": 640.5", "ramKiB is 640.5; expected a whole number from 4 to 1048576")]
    [InlineData("cortex-m4", "\"firmware\": {", "\"memoryMiB\": 64, \"firmware\": {", "memoryMiB is given beside firmware")]
    [InlineData("cortex-m4", "\"firmware\"", "\"publish\"", "flashKiB is unknown")]
    [InlineData("x64", "\"processor\": {", "\"processor\": [], \"procesor\": {", "processor is an array of 0; expected an object")]
    [InlineData("x64", "\"net10.0\"", "\"\"", "framework is ''. Expected is one of net10.0, net9.0")]
    [InlineData("x64", "\"net10.0\"", "10", "framework is 10; expected a string")]
    [InlineData("x64", "\"clang\",\n", "null,\n", "linker is null; expected a string")]
    [InlineData("x64", "}\n}", "}", "is not JSON")]
    [InlineData("x64", "\"title\": \"", "\"title\": \"\\u0007", "expected 1 to 300 characters")]
    public void A_wrong_field_is_named(string board, string found, string replacement, string? fault)
    {
        string text = Boards.Text(board);
        string changed = text.Replace(found, replacement, StringComparison.Ordinal);
        List<string> faults = Boards.Faults(changed, $"{board}.json");

        if (fault is null)
        {
            Assert.Empty(faults);
        }
        else
        {
            Assert.NotEqual(text, changed);
            Assert.Contains(faults, one => one.StartsWith($"{board}.json", StringComparison.Ordinal) && one.Contains(fault, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"processor\":7,\"publish\":\"x\",\"firmware\":[],\"crossTools\":null,\"rate\":true}")]
    public void What_is_no_board_at_all_is_refused_with_sentences(string text) => Assert.NotEmpty(Boards.Faults(text, "x.json"));
}
