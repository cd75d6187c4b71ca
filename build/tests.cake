// Runs the test projects and adds up what they report.
using System.Xml.Linq;

// Prints failures and skips with their reasons; gives the sum, and 0 where tests ran and none failed.
(int ExitCode, string Sum) RunTests()
{
    const string results = "artifacts/tests";
    EnsureDirectoryExists(results);
    CleanDirectory(results);
    int passed = 0, failed = 0, skipped = 0;
    foreach (FilePath project in GetFiles("tests/*.Tests/*.csproj").OrderBy(file => file.FullPath))
    {
        string name = project.GetFilenameWithoutExtension().ToString();
        var clock = Stopwatch.StartNew();
        (int exitCode, string output) = Capture("dotnet",
            $"test {project} -c Release -f net10.0 --no-build --nologo --logger trx;LogFileName={name}.trx --results-directory {results}");
        XElement[] cases = FileExists($"{results}/{name}.trx")
            ? XDocument.Load($"{results}/{name}.trx").Descendants().Where(element => element.Name.LocalName == "UnitTestResult").ToArray()
            : [];
        int here = ReportCases(cases, "Failed", "FAILED ");
        int skippedHere = ReportCases(cases, "NotExecuted", "skipped");
        int passedHere = cases.Count(test => test.Attribute("outcome").Value == "Passed");
        if (exitCode != 0 && here == 0)
        {
            Say($"{output}\n{name} ended with code {exitCode} before it reported; counted as one failure.");
            here = 1;
        }

        Say($"{name}: {passedHere} passed, {here} failed, {skippedHere} skipped in {clock.Elapsed.TotalSeconds:F0} s");
        (passed, failed, skipped) = (passed + passedHere, failed + here, skipped + skippedHere);
    }

    return (failed > 0 || passed == 0 ? 1 : 0, $"{passed} passed, {failed} failed, {skipped} skipped");
}

int ReportCases(XElement[] cases, string outcome, string word)
{
    XElement[] chosen = cases.Where(test => test.Attribute("outcome").Value == outcome).ToArray();
    foreach (XElement test in chosen)
    {
        // Of a skipped test only the reason is wanted, of a failed one the stack and its output too.
        IEnumerable<string> texts = test.Descendants()
            .Where(element => !element.HasElements && (outcome == "Failed" || element.Name.LocalName is "Message" or "StdOut"))
            .Select(element => element.Value.Trim());
        Say($"{word} {test.Attribute("testName").Value}: {string.Join('\n', texts)}");
    }

    return chosen.Length;
}
