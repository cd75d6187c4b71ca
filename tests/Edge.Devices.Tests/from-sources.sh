#!/bin/sh
# Builds System.Device.Gpio, Iot.Device.Bindings and NAudio from their sources into a local feed, and runs the tests of Edge.Devices with them.
# For machines whose package registry lacks them. Needs git and the .NET SDK.
#
#   tests/Edge.Devices.Tests/from-sources.sh FOLDER
#
# FOLDER, outside of the project, receives sources and packages. IOT and NAUDIO name other places to clone from.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
project=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1/feed" && folder=$(cd "$1" && pwd)
iot=${IOT:-https://github.com/dotnet/iot}
naudio=${NAUDIO:-https://github.com/naudio/NAudio}
quiet="-c Release --nologo -v quiet -p:NuGetAudit=false"

version() { sed -n "s/.*Include=\"$1\" Version=\"\([^\"]*\)\".*/\1/p" "$project/Directory.Packages.props"; }

# Sources of a tag. Pictures and recordings may be absent from a mirror: only what is compiled must be there.
checkout() { # name, address, tag
    [ -d "$folder/$1/.git" ] || git clone --quiet --no-checkout "$2" "$folder/$1"
    git -C "$folder/$1" ls-tree -r --name-only "$3" -- src | grep -E '\.(cs|csproj|txt|md)$' | grep -Ev '/(samples|tests)/' > "$folder/$1.files"
    for file in Directory.Build.props Directory.Build.targets LICENSE NAudioStrongNameKey.snk naudio-icon.png; do
        git -C "$folder/$1" cat-file -e "$3:$file" 2> /dev/null && echo "$file" >> "$folder/$1.files"
    done
    git -C "$folder/$1" checkout --quiet --force "$3" --pathspec-from-file="$folder/$1.files"
    echo "$1: $3, commit $(git -C "$folder/$1" rev-parse "$3^{commit}")"
}

# A package cache of its own: packages of the same names and versions from elsewhere stay what they are.
export NUGET_PACKAGES="$folder/cache"

checkout iot "$iot" "v$(version System.Device.Gpio)"
checkout naudio "$naudio" "v$(version NAudio)"

# dotnet/iot builds with tools of its own that few registries have: two plain projects do instead, of the same sources.
# Of the hundreds of bindings those are built that Edge.Devices uses; what asks for UnitsNet is left out.
for name in System.Device.Gpio Iot.Device.Bindings; do
    mkdir -p "$folder/$name"
    for file in Directory.Build.props Directory.Build.targets Directory.Packages.props; do echo '<Project />' > "$folder/$name/$file"; done
done
common='<TargetFramework>net8.0</TargetFramework><LangVersion>12</LangVersion><Nullable>enable</Nullable><AllowUnsafeBlocks>true</AllowUnsafeBlocks>
    <EnableDefaultItems>false</EnableDefaultItems><NoWarn>$(NoWarn);CS8632;CA1416;SYSLIB0051;CS1591;CS8321</NoWarn>'
cat > "$folder/System.Device.Gpio/System.Device.Gpio.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>$common<Version>$(version System.Device.Gpio)</Version></PropertyGroup>
  <ItemGroup><Compile Include="$folder/iot/src/System.Device.Gpio/**/*.cs" Exclude="**/obj/**" /></ItemGroup>
</Project>
END
devices="$folder/iot/src/devices"
cat > "$folder/Iot.Device.Bindings/Iot.Device.Bindings.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>$common<Version>$(version Iot.Device.Bindings)</Version>
    <DefineConstants>\$(DefineConstants);BUILDING_IOT_DEVICE_BINDINGS</DefineConstants>
    <RestoreAdditionalProjectSources>$folder/feed</RestoreAdditionalProjectSources>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="$devices/Common/**/*.cs;$devices/System.Device.Model/*.cs;$devices/CharacterLcd/*.cs;$devices/ShiftRegister/*.cs;$devices/Pcx857x/*.cs" />
    <Compile Remove="$devices/Common/FrameworkCompatibilityExtensions.cs;$devices/Common/IsExternalInit.cs;$devices/Common/System/Device/Analog/**" />
    <Compile Remove="$devices/Common/Iot/Device/Graphics/Converters.cs;$devices/Common/Iot/Device/Common/*Position*.cs;$devices/Common/Iot/Device/Common/WeatherHelper.cs" />
    <Compile Remove="$devices/Common/Iot/Device/Common/GreatCircle.cs;$devices/Common/Iot/Device/Common/AngleExtensions.cs;$devices/Common/Iot/Device/Common/ProcessRunner.cs" />
    <EmbeddedResource Include="$devices/CharacterLcd/BigFontMap.txt" />
    <PackageReference Include="System.Device.Gpio" Version="$(version System.Device.Gpio)" />
    <PackageReference Include="Microsoft.Extensions.Logging.Abstractions" Version="*" />
  </ItemGroup>
</Project>
END
for name in System.Device.Gpio Iot.Device.Bindings; do
    dotnet pack "$folder/$name" $quiet -o "$folder/feed"
done

# NAudio's portable part: without the bill of materials, and with whichever 9.0 of the tensor package the registry has.
sed -i -e '/Microsoft.Sbom.Targets" Version/d' -e 's/<GenerateSBOM.*GenerateSBOM>//' -e 's/<EnableWindowsTargeting>true/<EnableWindowsTargeting>false/' \
    -e 's/<TreatWarningsAsErrors>true/<TreatWarningsAsErrors>false/' "$folder/naudio/Directory.Build.props"
sed -i 's/Include="System.Numerics.Tensors" Version="[^"]*"/Include="System.Numerics.Tensors" Version="9.0.*"/' "$folder/naudio/src/NAudio.Core/NAudio.Core.csproj"
sed -i -E '/ProjectReference.*NAudio\.(WinForms|Asio|Dmo|WinMM|Wasapi)/d' "$folder/naudio/src/NAudio/NAudio.csproj"
for name in NAudio.Core NAudio.Midi NAudio; do
    dotnet pack "$folder/naudio/src/$name" $quiet -o "$folder/feed" -p:TargetFrameworks=net9.0 -p:IncludeSymbols=false
done

# Outside of the project's output folders too.
dotnet test "$project/tests/Edge.Devices.Tests" --nologo --artifacts-path "$folder/out" -p:RestoreAdditionalProjectSources="$folder/feed" \
    -p:EdgeHasSystemDeviceGpioPackage=true -p:EdgeHasIotDeviceBindingsPackage=true -p:EdgeHasNAudioPackage=true
